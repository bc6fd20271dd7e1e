using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>A chunk in memory, until the last of those who use it is done: a call that was given up still reads it.</summary>
internal sealed record LoadedChunk(IReadOnlyList<LoadedElement> Elements, ReadOnlyMemory<byte> Hash) : IDisposable
{
    private int users = 1;

    /// <summary>Keeps it in memory until what is returned is disposed of.</summary>
    public IDisposable Borrow()
    {
        Interlocked.Increment(ref users);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref users) > 0)
        {
            return;
        }

        foreach (var element in Elements)
        {
            element.Dispose();
        }
    }
}

/// <summary>What one call is made of.</summary>
internal sealed class LoadedElement(
    long index,
    string stem,
    Func<ArgumentTemplate, PyTree<IArgumentLeaf>> fill,
    IReadOnlyCollection<PyTree<IArgumentLeaf>>? owned = null
) : IDisposable
{
    public long Index => index;

    public string Stem => stem;

    public Func<ArgumentTemplate, PyTree<IArgumentLeaf>> Fill => fill;

    public void Dispose() => Release(owned ?? []);

    public static void Release(IEnumerable<PyTree<IArgumentLeaf>> trees)
    {
        foreach (var leaf in trees.SelectMany(tree => tree.Leaves))
        {
            (leaf as NDArray)?.Dispose();
        }
    }
}

/// <summary>An input file is not what it was when the batch was made.</summary>
internal sealed class InputChangedException(string file)
    : Exception($"The input file \"{file}\" has changed since the batch was made.");
