namespace Torch2Jax.WebApi.Metrics;

/// <summary>What the sampler saw of the service at each of its ticks.</summary>
internal sealed class TickSeries
{
    private readonly Tick[] ticks = new Tick[CallSeries.Length];
    private long lastRequests;

    /// <summary>The number of the newest tick; -1 before the first.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>The number of the oldest tick that is kept.</summary>
    public long Oldest => Math.Max(0, Newest - CallSeries.Length + 1);

    public Tick this[long tick] => ticks[tick % CallSeries.Length];

    public long Add(double seconds, long requests, int running, int waiting)
    {
        Newest++;
        ticks[Newest % CallSeries.Length] = new Tick(seconds, requests - lastRequests, running, waiting);
        lastRequests = requests;
        return Newest;
    }

    /// <summary>The seconds that some ticks took.</summary>
    public double Seconds(long from, long to)
    {
        var sum = 0.0;
        for (var tick = from; tick <= to; tick++)
        {
            sum += this[tick].Seconds;
        }

        return sum;
    }
}

/// <summary>One tick.</summary>
internal readonly record struct Tick(double Seconds, long Requests, int Running, int Waiting);
