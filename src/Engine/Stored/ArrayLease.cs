using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>A stored array in memory, which stays there until this is disposed of. Its elements are only to be read.</summary>
public sealed class ArrayLease : IDisposable
{
    private readonly CachedContent content;
    private int disposed;

    internal ArrayLease(StoredArray array, CachedContent content)
    {
        Array = array;
        this.content = content;
    }

    /// <summary>What is known of it.</summary>
    public StoredArray Array { get; }

    /// <summary>The arrays; disposing of them frees nothing.</summary>
    public PyTree<NDArray> Tree => content.Arrays;

    internal PyTree<IArgumentLeaf> Leaves => content.Leaves;

    /// <summary>Lets go of the memory.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            content.Return();
        }
    }
}
