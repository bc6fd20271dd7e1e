namespace Torch2Jax.PsModule;

/// <summary>How long a function's calls take, from the script's side.</summary>
public sealed class Torch2JaxMeasurement
{
    private readonly double[] sorted;

    internal Torch2JaxMeasurement(
        string function,
        string shapeKey,
        string firstCache,
        TimeSpan first,
        double[] warm,
        TimeSpan wall,
        int throttle
    )
    {
        Function = function;
        ShapeKey = shapeKey;
        FirstCache = firstCache;
        FirstCallMs = first.TotalMilliseconds;
        Count = warm.Length;
        ThrottleLimit = throttle;
        CallsPerSecond = warm.Length / wall.TotalSeconds;
        sorted = [.. warm.Order()];
    }

    /// <summary><c>name@version</c>.</summary>
    public string Function { get; }

    /// <summary>The function's own arguments.</summary>
    public string ShapeKey { get; }

    /// <summary>What the shape cache knew at the first call: Miss means that the function was cold.</summary>
    public string FirstCache { get; }

    /// <summary>Milliseconds of the first call: with compilation where the function was cold.</summary>
    public double FirstCallMs { get; }

    /// <summary>Calls after the first one.</summary>
    public int Count { get; }

    /// <summary>Calls at once.</summary>
    public int ThrottleLimit { get; }

    /// <summary>Calls a second, all together.</summary>
    public double CallsPerSecond { get; }

    /// <summary>Milliseconds of the fastest warm call.</summary>
    public double MinimumMs => sorted[0];

    /// <summary>Milliseconds of the warm call in the middle.</summary>
    public double MedianMs => At(0.5);

    /// <summary>95 of 100 warm calls take at most so many milliseconds.</summary>
    public double P95Ms => At(0.95);

    /// <summary>99 of 100 warm calls take at most so many milliseconds.</summary>
    public double P99Ms => At(0.99);

    /// <summary>Milliseconds of the slowest warm call.</summary>
    public double MaximumMs => sorted[^1];

    private double At(double part) => sorted[Math.Min((int)(part * sorted.Length), sorted.Length - 1)];
}
