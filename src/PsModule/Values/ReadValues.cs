using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Values;

/// <summary>The arrays that a call's arguments borrow; given back when it is over.</summary>
internal sealed class ReadValues(bool shapesOnly) : IDisposable
{
    private readonly List<NDArray> borrowed = [];

    /// <summary>An array as a leaf: its memory, or its shape alone.</summary>
    public IArgumentLeaf Leaf(Torch2JaxArray array)
    {
        if (shapesOnly)
        {
            return array.Aval;
        }

        var lent = array.Borrow();
        borrowed.Add(lent);
        return lent;
    }

    /// <summary>A call that was given up may still read: then the arrays wait for the garbage collector.</summary>
    public void Abandon() => borrowed.Clear();

    public void Dispose()
    {
        foreach (var array in borrowed)
        {
            array.Dispose();
        }

        borrowed.Clear();
    }
}
