using System.Collections.Concurrent;

namespace Torch2Jax.Functions;

/// <summary>Adds up uses of shape-cache entries in memory and hands the sums to the registry now and then.</summary>
internal sealed class HitCounter : IDisposable
{
    private readonly ConcurrentQueue<ShapeEntry> waiting = new();
    private readonly IFunctionRegistry registry;
    private readonly TimeProvider time;
    private readonly ITimer timer;

    public HitCounter(IFunctionRegistry registry, TimeProvider time, TimeSpan interval)
    {
        this.registry = registry;
        this.time = time;
        timer = time.CreateTimer(static state => ((HitCounter)state!).HandOver(), this, interval, interval);
    }

    /// <summary>Counts a use; allocates nothing in steady state.</summary>
    public void Count(ShapeEntry entry)
    {
        if (entry.Count())
        {
            waiting.Enqueue(entry);
        }
    }

    /// <summary>Hands over what was counted so far.</summary>
    public void HandOver()
    {
        var now = time.GetUtcNow();
        for (var left = waiting.Count; left > 0 && waiting.TryDequeue(out var entry); left--)
        {
            if (entry.TakePending(now) is > 0 and var count)
            {
                registry.QueueHits(entry.Key, count, now);
            }
        }
    }

    /// <summary>Stops counting, after a last handing over.</summary>
    public void Dispose()
    {
        timer.Dispose();
        HandOver();
    }
}
