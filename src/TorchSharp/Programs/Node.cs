namespace Torch2Jax.TorchSharp.Programs;

/// <summary>
/// Programs are functions from flat tensors to flat tensors, closed under the transforms (as in src/Native/src/node.h): derivatives
/// over batches over the function. Every node can be differentiated by the one around it.
/// </summary>
internal abstract class Node
{
    /// <summary>As an input's axis: the same for every element. As an output's: wanted once, which it must be.</summary>
    public const long NotMapped = long.MinValue;

    /// <param name="inputs">The leaves.</param>
    /// <param name="context">What the run learns.</param>
    /// <param name="record">Whether something outside differentiates through the outputs, so that autograd must record.</param>
    public abstract Tensor[] Run(Tensor[] inputs, RunContext context, bool record);
}
