using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Counts calls by function version since the service started.</summary>
/// <param name="meter">Where each call's duration is recorded too, while somebody listens.</param>
/// <param name="maxLabels">Functions with a label of their own; those called first after them share <see cref="OtherLabel"/>.</param>
internal sealed class CallStatistics(ServiceMeter meter, int maxLabels)
{
    /// <summary>The label of all functions beyond the bound.</summary>
    public const string OtherLabel = "other";

    private readonly ConcurrentDictionary<string, FunctionCounts> counts = new(StringComparer.Ordinal);
    private readonly FunctionCounts others = new(meter.CallDuration, OtherLabel, null);
    private int labels;

    public FunctionCounts Of(string reference) =>
        counts.TryGetValue(reference, out var known) ? known : counts.GetOrAdd(reference, Create);

    public FunctionCounts? Find(string reference) => counts.GetValueOrDefault(reference);

    /// <summary>Every function version that was called.</summary>
    public IReadOnlyDictionary<string, FunctionCounts> All => counts;

    /// <summary>The same by label, at most one more than the bound: what Prometheus and OTLP see.</summary>
    public IEnumerable<(string Label, FunctionCounts Counts)> ByLabel
    {
        get
        {
            var own = counts
                .Values.Where(one => one.Label != OtherLabel)
                .OrderBy(one => one.Label, StringComparer.Ordinal)
                .Select(one => (one.Label, one));
            return Volatile.Read(ref labels) > maxLabels ? own.Append((OtherLabel, others)) : own;
        }
    }

    private FunctionCounts Create(string reference) =>
        Interlocked.Increment(ref labels) <= maxLabels
            ? new FunctionCounts(meter.CallDuration, reference, null)
            : new FunctionCounts(meter.CallDuration, OtherLabel, others);
}
