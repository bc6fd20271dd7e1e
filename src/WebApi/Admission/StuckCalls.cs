namespace Torch2Jax.WebApi.Admission;

/// <summary>Counts runs that outlived their deadline and cannot be interrupted.</summary>
/// <param name="bound">At this many the service is not ready, and their slots are no longer given to others.</param>
internal sealed class StuckCalls(int bound)
{
    private int count;

    public int Count => Volatile.Read(ref count);

    public int Bound => bound;

    public bool TooMany => Count >= bound;

    public bool Begin() => Interlocked.Increment(ref count) < bound;

    public void End() => Interlocked.Decrement(ref count);
}
