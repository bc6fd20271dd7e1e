using Torch2Jax.WebApi.Admission;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>
/// What the page plots: the last minutes of all calls, and of each function that was called in them. Memory is bounded:
/// a function without calls in that time has no series, and beyond the bound none gets one.
/// </summary>
internal sealed class CallHistory(CallStatistics calls, RequestCounts requests, CallGate queues)
{
    /// <summary>Ticks over which quantiles and rates are given as one number: a minute.</summary>
    public const int Window = 30;

    private const int MostFunctions = 1000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Track> tracks = new(StringComparer.Ordinal);
    private readonly CallSeries all = new();
    private readonly TickSeries ticks = new();
    private int withSeries;

    /// <summary>Takes the next tick.</summary>
    /// <param name="seconds">Since the tick before.</param>
    public void Take(double seconds)
    {
        lock (gate)
        {
            var load = queues.Load.ToArray();
            var tick = ticks.Add(seconds, requests.Total, load.Sum(one => one.Running), load.Sum(one => one.Waiting));
            all.Clear(tick);
            foreach (var (reference, counts) in calls.All)
            {
                if (!tracks.TryGetValue(reference, out var track))
                {
                    tracks[reference] = track = new Track();
                }

                Take(tick, track, counts);
            }
        }
    }

    /// <summary>Reads what it holds at this moment.</summary>
    /// <param name="read">Gets the ticks, all calls together, and the calls of a function version (null: none lately).</param>
    public T Read<T>(Func<TickSeries, CallSeries, Func<string, CallSeries?>, T> read)
    {
        lock (gate)
        {
            return read(ticks, all, reference => tracks.GetValueOrDefault(reference)?.Series);
        }
    }

    private void Take(long tick, Track track, FunctionCounts counts)
    {
        track.Series?.Clear(tick);
        if (track.Delta.Take(counts))
        {
            all.Add(tick, track.Delta);
            track.LastActive = tick;
            if (track.Series is null && withSeries < MostFunctions)
            {
                track.Series = new CallSeries();
                withSeries++;
            }

            track.Series?.Add(tick, track.Delta);
        }
        else if (track.Series is not null && tick - track.LastActive >= CallSeries.Length)
        {
            track.Series = null;
            withSeries--;
        }
    }

    private sealed class Track
    {
        public CallDelta Delta { get; } = new();

        public CallSeries? Series { get; set; }

        public long LastActive { get; set; }
    }
}
