using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>The arrays of a stored tree, only to be read; dispose of it to let go of their memory.</summary>
public sealed class StoredContent : IDisposable
{
    private readonly Action release;
    private int disposed;

    internal StoredContent(StoredArraySummary array, PyTree<NDArray> tree, Action release)
    {
        Array = array;
        Tree = tree;
        this.release = release;
    }

    /// <summary>What is known of it.</summary>
    public StoredArraySummary Array { get; }

    /// <summary>The arrays.</summary>
    public PyTree<NDArray> Tree { get; }

    /// <summary>Lets go of the memory.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            release();
        }
    }
}
