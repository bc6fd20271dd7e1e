using Torch2Jax.TorchSharp.Programs;

namespace Torch2Jax.TorchSharp.Scripts;

/// <summary>
/// Sees that a script's first run records nothing. TorchScript's executor looks at that run to decide how it goes on: had
/// it seen gradients, it would take derivatives by formulas of its own, which are wrong for complex arrays and raise where
/// nobody can catch it. As it is, autograd sees plain operators, in every run.
/// </summary>
internal sealed class FirstRun(LeafFunction function)
{
    private readonly Lock gate = new();
    private volatile bool done;

    public FunctionOutputs Call(IReadOnlyList<Tensor> leaves)
    {
        if (!done)
        {
            lock (gate)
            {
                if (!done && torch.is_grad_enabled())
                {
                    RunAside(leaves);
                }

                done = true;
            }
        }

        return function(leaves);
    }

    private void RunAside(IReadOnlyList<Tensor> leaves)
    {
        using ExternalScope scope = torch.NewDisposeScope();
        using IDisposable mode = torch.no_grad();
        Tensor state = torch.random.get_rng_state();
        function([.. leaves.Select(leaf => leaf.detach().clone())]);
        torch.random.set_rng_state(state);
    }
}
