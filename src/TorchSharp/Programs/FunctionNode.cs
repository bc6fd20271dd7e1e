namespace Torch2Jax.TorchSharp.Programs;

/// <summary>F: the function on its own leaves.</summary>
internal sealed class FunctionNode(
    LeafFunction function,
    int leaves,
    IReadOnlyList<bool> nondifferentiable,
    bool mutates
) : Node
{
    public override Tensor[] Run(Tensor[] inputs, RunContext context, bool record)
    {
        context.CheckDeadline();
        var own = new Tensor[leaves];
        using IDisposable mode = torch.set_grad_enabled(record);
        for (int i = 0; i < leaves; i++)
        {
            own[i] = nondifferentiable[i] ? inputs[i].detach() : inputs[i];
            if (mutates)
            {
                own[i] = own[i].clone();
            }
        }

        Counts.AddRun();
        FunctionOutputs outputs = function(own);
        context.Saw(outputs);
        return outputs.Leaves;
    }
}
