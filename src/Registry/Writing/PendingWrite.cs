using Torch2Jax.Functions;

namespace Torch2Jax.Registry.Writing;

/// <summary>All that waits to be written about one key: perhaps an entry, and uses added up.</summary>
internal sealed class PendingWrite(ShapeCacheKey key)
{
    public ShapeCacheKey Key { get; } = key;

    /// <summary>The newest entry queued; null where there are uses alone.</summary>
    public ShapeCacheRecord? Entry { get; private set; }

    public long Hits { get; private set; }

    public DateTimeOffset LastUsedAt { get; private set; }

    /// <summary>Characters of text, about.</summary>
    public long TextLength { get; private set; } =
        key.Name.Length + key.Program.Length + key.ShapeKey.Length + key.Device.Length;

    public void Add(ShapeCacheRecord entry)
    {
        TextLength += TextOf(entry) - (Entry is null ? 0 : TextOf(Entry));
        // Two calls may tell of their peaks in either order.
        Entry = Entry is null ? entry : entry with { PeakBytes = Math.Max(entry.PeakBytes, Entry.PeakBytes) };
        AddHits(entry.Hits, entry.LastUsedAt);
    }

    public void AddHits(long count, DateTimeOffset at)
    {
        Hits += Math.Max(count, 0);
        if (at > LastUsedAt)
        {
            LastUsedAt = at;
        }
    }

    public static long TextOf(ShapeCacheRecord entry) =>
        entry.InTree.Length + entry.OutputShapes.Length + entry.EngineVersion.Length;
}
