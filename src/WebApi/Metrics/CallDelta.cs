namespace Torch2Jax.WebApi.Metrics;

/// <summary>What a function's counters gained since they were looked at last.</summary>
internal sealed class CallDelta
{
    private readonly long[] last = new long[FunctionCounts.Bounds.Length + 1];
    private readonly long[] gained = new long[FunctionCounts.Bounds.Length + 1];
    private long lastFailed;
    private long lastEnded;

    public ReadOnlySpan<long> Buckets => gained;

    public long Failed { get; private set; }

    /// <summary>Looks again; false where there was no call.</summary>
    public bool Take(FunctionCounts counts)
    {
        var ended = counts.Succeeded + counts.Failed;
        if (ended == lastEnded)
        {
            return false;
        }

        lastEnded = ended;
        for (var i = 0; i < last.Length; i++)
        {
            var now = Volatile.Read(in counts.Buckets[i]);
            gained[i] = now - last[i];
            last[i] = now;
        }

        var failed = counts.Failed;
        Failed = failed - lastFailed;
        lastFailed = failed;
        return true;
    }
}
