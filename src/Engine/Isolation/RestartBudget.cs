namespace Torch2Jax.Isolation;

/// <summary>How many workers may be started: so many at once, then a tenth of them a second.</summary>
internal sealed class RestartBudget(int burst, TimeProvider time)
{
    private double tokens = burst;
    private long last = time.GetTimestamp();

    /// <summary>Takes one start; where none is left, how long until one is.</summary>
    public TimeSpan Take()
    {
        long now = time.GetTimestamp();
        double perSecond = Math.Max(burst, 1) / 10.0;
        tokens = Math.Min(burst, tokens + (time.GetElapsedTime(last, now).TotalSeconds * perSecond));
        last = now;
        if (tokens >= 1)
        {
            tokens--;
            return TimeSpan.Zero;
        }
        return TimeSpan.FromSeconds((1 - tokens) / perSecond);
    }
}
