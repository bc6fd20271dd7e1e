namespace Torch2Jax.WebApi.Metrics;

/// <summary>The calls of the last minutes, by tick of the sampler: how many, how many failed, how long they took.</summary>
internal sealed class CallSeries
{
    /// <summary>Ticks that are kept.</summary>
    public const int Length = 90;

    private static readonly int Width = FunctionCounts.Bounds.Length + 1;

    private readonly long[] buckets = new long[Length * Width];
    private readonly long[] failed = new long[Length];

    /// <summary>Makes room for a tick.</summary>
    public void Clear(long tick)
    {
        Place(tick).Clear();
        failed[tick % Length] = 0;
    }

    public void Add(long tick, CallDelta calls)
    {
        var place = Place(tick);
        for (var i = 0; i < Width; i++)
        {
            place[i] += calls.Buckets[i];
        }

        failed[tick % Length] += calls.Failed;
    }

    public long Failed(long tick) => failed[tick % Length];

    public ReadOnlySpan<long> Buckets(long tick) => Place(tick);

    /// <summary>Several ticks together.</summary>
    public (long[] Buckets, long Failed) Sum(long from, long to)
    {
        var all = new long[Width];
        var bad = 0L;
        for (var tick = from; tick <= to; tick++)
        {
            bad += Failed(tick);
            var one = Place(tick);
            for (var i = 0; i < Width; i++)
            {
                all[i] += one[i];
            }
        }

        return (all, bad);
    }

    private Span<long> Place(long tick) => buckets.AsSpan((int)(tick % Length) * Width, Width);
}
