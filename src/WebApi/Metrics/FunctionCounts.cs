using System.Diagnostics.Metrics;
using Torch2Jax.Functions;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>The counters of one function version; each duration in ticks of 100 ns.</summary>
/// <param name="duration">The histogram that listeners see.</param>
/// <param name="label">The function's label there.</param>
/// <param name="sum">Counters that get the same, of several functions together; null for none.</param>
internal sealed class FunctionCounts(Histogram<double>? duration, string label, FunctionCounts? sum)
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

    /// <summary>Of a function that was never called.</summary>
    public static readonly FunctionCounts None = new(null, "", null);

    private readonly KeyValuePair<string, object?> tag = new("function", label);
    private readonly long[] buckets = new long[Bounds.Length + 1];
    private readonly long[] outcomes = new long[Enum.GetValues<CacheOutcome>().Length];
    private long succeeded;
    private long failed;
    private long waitTicks;
    private long inputTicks;
    private long runTicks;
    private long outputTicks;
    private long failTicks;
    private long lastMs;

    public string Label => label;

    public long Succeeded => Interlocked.Read(ref succeeded);

    public long Failed => Interlocked.Read(ref failed);

    public long WaitTicks => Interlocked.Read(ref waitTicks);

    public long InputTicks => Interlocked.Read(ref inputTicks);

    public long RunTicks => Interlocked.Read(ref runTicks);

    public long OutputTicks => Interlocked.Read(ref outputTicks);

    public long FailTicks => Interlocked.Read(ref failTicks);

    /// <summary>All of the calls that succeeded.</summary>
    public long TotalTicks => InputTicks + WaitTicks + RunTicks + OutputTicks;

    /// <summary>When the last call succeeded, in Unix milliseconds; 0 where none did.</summary>
    public long LastMs => Interlocked.Read(ref lastMs);

    /// <summary>Calls by bucket of the histogram; the last one has no bound.</summary>
    public ReadOnlySpan<long> Buckets => buckets;

    /// <summary>Calls by what the shape cache knew.</summary>
    public long Outcome(CacheOutcome outcome) => Interlocked.Read(ref outcomes[(int)outcome]);

    /// <summary>Counts a call that succeeded, from its phases.</summary>
    public void Success(TimeSpan input, TimeSpan wait, TimeSpan run, TimeSpan output, CacheOutcome outcome)
    {
        var seconds = (input + wait + run + output).TotalSeconds;
        Add(input, wait, run, output, outcome, seconds);
        sum?.Add(input, wait, run, output, outcome, seconds);
        if (duration is { Enabled: true })
        {
            duration.Record(seconds, tag);
        }
    }

    public void Failure(TimeSpan taken)
    {
        Interlocked.Increment(ref failed);
        Interlocked.Add(ref failTicks, taken.Ticks);
        sum?.Failure(taken);
    }

    private void Add(TimeSpan input, TimeSpan wait, TimeSpan run, TimeSpan output, CacheOutcome outcome, double seconds)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && seconds > Bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref buckets[bucket]);
        Interlocked.Increment(ref outcomes[(int)outcome]);
        Interlocked.Increment(ref succeeded);
        Interlocked.Add(ref inputTicks, input.Ticks);
        Interlocked.Add(ref waitTicks, wait.Ticks);
        Interlocked.Add(ref runTicks, run.Ticks);
        Interlocked.Add(ref outputTicks, output.Ticks);
        Interlocked.Exchange(ref lastMs, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }
}
