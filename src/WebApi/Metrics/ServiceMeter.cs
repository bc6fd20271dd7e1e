using System.Diagnostics.Metrics;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>
/// The meter that all numbers of one service come from: <c>/metrics</c> and OTLP read the same instruments. The latency
/// histogram is recorded only while somebody listens; the others are read when they are asked for.
/// </summary>
internal sealed class ServiceMeter : IDisposable
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = "Torch2Jax";

    private readonly Meter meter;

    public ServiceMeter()
    {
        meter = new Meter(new MeterOptions(Name) { Scope = this });
        CallDuration = meter.CreateHistogram(
            "torch2jax.call.duration",
            "s",
            "Duration of calls that succeeded, reading and writing included.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = FunctionCounts.Bounds }
        );
    }

    public Histogram<double> CallDuration { get; }

    /// <summary>Whether an instrument is one of this service's: a test's process may hold several services.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, meter);

    public void Counter(string name, string? unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        meter.CreateObservableCounter(name, read, unit, description);

    public void Counter(string name, string? unit, string description, Func<long> read) =>
        meter.CreateObservableCounter(name, read, unit, description);

    public void Gauge(string name, string? unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        meter.CreateObservableGauge(name, read, unit, description);

    public void Gauge(string name, string? unit, string description, Func<long> read) =>
        meter.CreateObservableGauge(name, read, unit, description);

    public void Gauge(string name, string? unit, string description, Func<double> read) =>
        meter.CreateObservableGauge(name, read, unit, description);

    public static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    public void Dispose() => meter.Dispose();
}
