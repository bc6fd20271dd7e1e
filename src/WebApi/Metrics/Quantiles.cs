namespace Torch2Jax.WebApi.Metrics;

/// <summary>Quantiles from the buckets of <see cref="FunctionCounts.Bounds"/>, in between by proportion.</summary>
internal static class Quantiles
{
    /// <summary>The duration in milliseconds that the given part of the calls did not exceed; null without calls.</summary>
    public static double? Milliseconds(ReadOnlySpan<long> buckets, double part)
    {
        var total = 0L;
        foreach (var count in buckets)
        {
            total += count;
        }

        if (total == 0)
        {
            return null;
        }

        var rank = part * total;
        var below = 0L;
        for (var i = 0; i < FunctionCounts.Bounds.Length; i++)
        {
            if (buckets[i] > 0 && below + buckets[i] >= rank)
            {
                var from = i == 0 ? 0 : FunctionCounts.Bounds[i - 1];
                var inside = (rank - below) / buckets[i];
                return 1000 * (from + (inside * (FunctionCounts.Bounds[i] - from)));
            }

            below += buckets[i];
        }

        return 1000 * FunctionCounts.Bounds[^1];
    }
}
