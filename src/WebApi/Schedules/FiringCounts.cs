using System.Collections.Concurrent;
using Torch2Jax.Registry.Schedules;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>What became of the firings that this instance had.</summary>
internal sealed class FiringCounts
{
    public const string Failed = "failed";

    // All are there from the beginning: a rate is seen from its first firing on.
    private readonly ConcurrentDictionary<string, long> counts = new(
        Enum.GetNames<FiringOutcome>()
            .Append(Failed)
            .Select(outcome => KeyValuePair.Create(outcome.ToLowerInvariant(), 0L)),
        StringComparer.Ordinal
    );

    public IEnumerable<KeyValuePair<string, long>> All => counts.OrderBy(entry => entry.Key, StringComparer.Ordinal);

    public void Add(string outcome) => counts.AddOrUpdate(outcome, 1, static (_, count) => count + 1);
}
