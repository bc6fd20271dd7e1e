namespace Torch2Jax.Functions;

/// <summary>
/// Something that a cache holds and calls use: it is freed when the last of them lets go, so that a cache can drop it at
/// any time, also in the middle of a call.
/// </summary>
internal abstract class SharedResource
{
    private int references = 1;

    /// <summary>Takes part in it; false where it is already freed.</summary>
    public bool TryAddReference()
    {
        var seen = Volatile.Read(ref references);
        while (seen > 0)
        {
            var found = Interlocked.CompareExchange(ref references, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Lets go of it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            Free();
        }
    }

    /// <summary>Called once, when nobody uses it any more.</summary>
    protected abstract void Free();
}
