using System.Text.Json;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Metrics;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes numbers of the last minutes, for people and plots.</summary>
internal static class StatisticsReport
{
    private static readonly (CacheOutcome Outcome, string Name)[] Outcomes =
    [
        .. Enum.GetValues<CacheOutcome>().Select(outcome => (outcome, $"{outcome}".ToLowerInvariant())),
    ];

    /// <summary>The counters of a function since the start, and its rates and quantiles over the last minute.</summary>
    public static void WriteFunction(
        Utf8JsonWriter json,
        string reference,
        FunctionCounts counts,
        TickSeries ticks,
        CallSeries? series
    )
    {
        json.WriteString("function", reference);
        json.WriteNumber("calls", counts.Succeeded);
        json.WriteNumber("failed", counts.Failed);
        json.WriteStartObject("cache");
        foreach (var (outcome, name) in Outcomes)
        {
            json.WriteNumber(name, counts.Outcome(outcome));
        }

        json.WriteEndObject();
        if (counts.LastMs == 0)
        {
            json.WriteNull("lastCallAt");
        }
        else
        {
            json.WriteString("lastCallAt", DateTimeOffset.FromUnixTimeMilliseconds(counts.LastMs).UtcDateTime);
        }

        WriteWindow(json, ticks, series);
    }

    /// <summary>Rates and quantiles over the last minute.</summary>
    public static void WriteWindow(Utf8JsonWriter json, TickSeries ticks, CallSeries? series)
    {
        var from = Math.Max(ticks.Oldest, ticks.Newest - CallHistory.Window + 1);
        var seconds = ticks.Seconds(from, ticks.Newest);
        var (buckets, failed) = series?.Sum(from, ticks.Newest) ?? ([], 0);
        json.WriteNumber("callsPerSecond", Rate(buckets.Sum(), seconds));
        json.WriteNumber("failedPerSecond", Rate(failed, seconds));
        foreach (var (name, part) in (ReadOnlySpan<(string, double)>)[("p50Ms", 0.5), ("p95Ms", 0.95), ("p99Ms", 0.99)])
        {
            json.WritePropertyName(name);
            WriteNumber(json, Quantiles.Milliseconds(buckets, part));
        }
    }

    /// <summary>The same by tick, oldest first; a tick without calls has no quantiles.</summary>
    public static void WriteSeries(Utf8JsonWriter json, TickSeries ticks, CallSeries? calls, bool service)
    {
        json.WriteStartObject("series");
        Write("callsPerSecond", tick => Rate(Total(tick), ticks[tick].Seconds));
        Write("failedPerSecond", tick => Rate(calls?.Failed(tick) ?? 0, ticks[tick].Seconds));
        Write("p50Ms", tick => calls is null ? null : Quantiles.Milliseconds(calls.Buckets(tick), 0.5));
        Write("p95Ms", tick => calls is null ? null : Quantiles.Milliseconds(calls.Buckets(tick), 0.95));
        if (service)
        {
            Write("requestsPerSecond", tick => Rate(ticks[tick].Requests, ticks[tick].Seconds));
            Write("running", tick => ticks[tick].Running);
            Write("waiting", tick => ticks[tick].Waiting);
        }

        json.WriteEndObject();

        void Write(string name, Func<long, double?> value)
        {
            json.WriteStartArray(name);
            for (var tick = ticks.Oldest; tick <= ticks.Newest; tick++)
            {
                WriteNumber(json, value(tick));
            }

            json.WriteEndArray();
        }

        long Total(long tick)
        {
            var sum = 0L;
            foreach (var count in calls is null ? [] : calls.Buckets(tick))
            {
                sum += count;
            }

            return sum;
        }
    }

    private static double Rate(long count, double seconds) => seconds > 0 ? Math.Round(count / seconds, 3) : 0;

    private static void WriteNumber(Utf8JsonWriter json, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumberValue(Math.Round(number, 4));
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
