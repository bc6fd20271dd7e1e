using System.Collections.Concurrent;
using Torch2Jax.Functions;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Counts calls by function version since the service started.</summary>
internal sealed class CallStatistics
{
    private readonly ConcurrentDictionary<string, FunctionCounts> counts = new(StringComparer.Ordinal);

    public FunctionCounts Of(string reference) => counts.GetOrAdd(reference, static _ => new FunctionCounts());

    public FunctionCounts? Find(string reference) => counts.GetValueOrDefault(reference);

    public IReadOnlyDictionary<string, FunctionCounts> All => counts;
}

/// <summary>The counters of one function version; each duration in ticks of 100 ns.</summary>
internal sealed class FunctionCounts
{
    /// <summary>Upper bounds of the latency histogram, in seconds.</summary>
    public static readonly double[] Bounds =
    [
        0.00005,
        0.0001,
        0.00025,
        0.0005,
        0.001,
        0.0025,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        1,
        2.5,
        10,
        60,
    ];

    private long succeeded;
    private long failed;
    private long waitTicks;
    private long inputTicks;
    private long runTicks;
    private long outputTicks;
    private long failTicks;
    private long lastMs;
    private readonly long[] buckets = new long[Bounds.Length + 1];
    private readonly long[] outcomes = new long[Enum.GetValues<CacheOutcome>().Length];

    public long Succeeded => Interlocked.Read(ref succeeded);

    public long Failed => Interlocked.Read(ref failed);

    public long WaitTicks => Interlocked.Read(ref waitTicks);

    public long InputTicks => Interlocked.Read(ref inputTicks);

    public long RunTicks => Interlocked.Read(ref runTicks);

    public long OutputTicks => Interlocked.Read(ref outputTicks);

    public long FailTicks => Interlocked.Read(ref failTicks);

    public long LastMs => Interlocked.Read(ref lastMs);

    /// <summary>Calls by bucket of the histogram; the last one has no bound.</summary>
    public ReadOnlySpan<long> Buckets => buckets;

    /// <summary>Calls by what the shape cache knew.</summary>
    public long Outcome(CacheOutcome outcome) => Interlocked.Read(ref outcomes[(int)outcome]);

    public void Success(TimeSpan input, TimeSpan waitAndRun, TimeSpan run, TimeSpan output, CacheOutcome outcome)
    {
        var seconds = (input + waitAndRun + output).TotalSeconds;
        var bucket = 0;
        while (bucket < Bounds.Length && seconds > Bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref buckets[bucket]);
        Interlocked.Increment(ref outcomes[(int)outcome]);
        Interlocked.Increment(ref succeeded);
        Interlocked.Add(ref inputTicks, input.Ticks);
        Interlocked.Add(ref waitTicks, Math.Max(0, (waitAndRun - run).Ticks));
        Interlocked.Add(ref runTicks, run.Ticks);
        Interlocked.Add(ref outputTicks, output.Ticks);
        Interlocked.Exchange(ref lastMs, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    public void Failure(TimeSpan taken)
    {
        Interlocked.Increment(ref failed);
        Interlocked.Add(ref failTicks, taken.Ticks);
    }
}
