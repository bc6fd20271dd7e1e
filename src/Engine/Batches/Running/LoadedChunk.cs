using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>A chunk in memory.</summary>
internal sealed record LoadedChunk(IReadOnlyList<LoadedElement> Elements, ReadOnlyMemory<byte> Hash) : IDisposable
{
    public void Dispose()
    {
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
