using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>What a call returned, freed as one.</summary>
internal sealed class CallResult(PyTree<NDArray> outputs) : IDisposable
{
    public PyTree<NDArray> Outputs => outputs;

    public void Dispose()
    {
        foreach (var array in outputs.Leaves)
        {
            array.Dispose();
        }
    }
}
