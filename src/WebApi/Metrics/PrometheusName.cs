using System.Diagnostics.Metrics;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>An instrument's name as Prometheus writes it: <c>torch2jax.memory.cached</c> in bytes is <c>torch2jax_memory_cached_bytes</c>.</summary>
internal static class PrometheusName
{
    public static string Of(Instrument instrument) =>
        instrument.Name.Replace('.', '_') + Unit(instrument.Unit) + (IsCounter(instrument) ? "_total" : "");

    public static string TypeOf(Instrument instrument) =>
        IsCounter(instrument) ? "counter"
        : instrument is Histogram<double> ? "histogram"
        : "gauge";

    private static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long>;

    private static string Unit(string? unit) =>
        unit switch
        {
            "By" => "_bytes",
            "s" => "_seconds",
            _ => "",
        };
}
