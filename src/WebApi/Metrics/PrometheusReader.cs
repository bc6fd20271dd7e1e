using System.Diagnostics.Metrics;
using static Torch2Jax.WebApi.Metrics.ServiceMeter;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Reads the service's instruments as Prometheus text.</summary>
internal sealed class PrometheusReader(ServiceMeter meter, CallStatistics calls)
{
    public string Read()
    {
        // Measurements of one instrument come together, and instruments in the order in which they were made.
        var text = new PrometheusText();
        Instrument? current = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.IsObservable && meter.Owns(instrument))
            {
                all.EnableMeasurementEvents(instrument);
            }
        };

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = PrometheusName.Of(instrument);
            if (!ReferenceEquals(instrument, current))
            {
                current = instrument;
                text.Family(name, PrometheusName.TypeOf(instrument), instrument.Description ?? "");
            }

            text.Sample(name, value, tags);
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        Latency(text);
        return text.ToString();
    }

    private void Latency(PrometheusText text)
    {
        var name = PrometheusName.Of(meter.CallDuration);
        text.Family(name, "histogram", meter.CallDuration.Description!);
        foreach (var (label, counts) in calls.ByLabel)
        {
            var sum = 0L;
            for (var i = 0; i < counts.Buckets.Length; i++)
            {
                sum += counts.Buckets[i];
                var bound = i < FunctionCounts.Bounds.Length ? $"{FunctionCounts.Bounds[i]:0.#####}" : "+Inf";
                text.Sample(name + "_bucket", sum, Label("function", label), Label("le", bound));
            }

            text.Sample(name + "_sum", TimeSpan.FromTicks(counts.TotalTicks).TotalSeconds, Label("function", label));
            text.Sample(name + "_count", sum, Label("function", label));
        }
    }
}
