namespace Torch2Jax.WebApi.Admission;

/// <summary>
/// Counts runs that outlived their deadline and cannot be interrupted. Each keeps a thread of the pool, so the pool may
/// start one more at once for as long as it does: others must still find one to answer with.
/// </summary>
/// <param name="bound">At this many the service is not ready, and their slots are no longer given to others.</param>
internal sealed class StuckCalls(int bound)
{
    private readonly Lock gate = new();
    private int count;

    public int Count => Volatile.Read(ref count);

    public int Bound => bound;

    public bool TooMany => Count >= bound;

    public bool Begin() => Change(1) < bound;

    public void End() => Change(-1);

    private int Change(int by)
    {
        lock (gate)
        {
            ThreadPool.GetMinThreads(out var workers, out var io);
            ThreadPool.SetMinThreads(workers + by, io);
            return count += by;
        }
    }
}
