using System.Collections.Concurrent;

namespace Torch2Jax.WebApi.V2;

/// <summary>Counts calls by function version since the service started.</summary>
internal sealed class ModelStatistics
{
    private readonly ConcurrentDictionary<string, ModelCounts> counts = new(StringComparer.Ordinal);

    public ModelCounts Of(string reference) => counts.GetOrAdd(reference, static _ => new ModelCounts());

    public ModelCounts? Find(string reference) => counts.GetValueOrDefault(reference);

    public IReadOnlyDictionary<string, ModelCounts> All => counts;
}

/// <summary>The counters of one function version; each duration in ticks of 100 ns.</summary>
internal sealed class ModelCounts
{
    private long succeeded;
    private long failed;
    private long waitTicks;
    private long inputTicks;
    private long runTicks;
    private long outputTicks;
    private long failTicks;
    private long lastMs;
    private long hits;

    public long Succeeded => Interlocked.Read(ref succeeded);

    public long Failed => Interlocked.Read(ref failed);

    public long WaitTicks => Interlocked.Read(ref waitTicks);

    public long InputTicks => Interlocked.Read(ref inputTicks);

    public long RunTicks => Interlocked.Read(ref runTicks);

    public long OutputTicks => Interlocked.Read(ref outputTicks);

    public long FailTicks => Interlocked.Read(ref failTicks);

    public long LastMs => Interlocked.Read(ref lastMs);

    public long Hits => Interlocked.Read(ref hits);

    public void Success(TimeSpan input, TimeSpan waitAndRun, TimeSpan run, TimeSpan output, bool hit)
    {
        Interlocked.Increment(ref succeeded);
        Interlocked.Add(ref inputTicks, input.Ticks);
        Interlocked.Add(ref waitTicks, Math.Max(0, (waitAndRun - run).Ticks));
        Interlocked.Add(ref runTicks, run.Ticks);
        Interlocked.Add(ref outputTicks, output.Ticks);
        Interlocked.Add(ref hits, hit ? 1 : 0);
        Interlocked.Exchange(ref lastMs, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    public void Failure(TimeSpan taken)
    {
        Interlocked.Increment(ref failed);
        Interlocked.Add(ref failTicks, taken.Ticks);
    }
}
