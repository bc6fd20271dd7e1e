using System.Collections.Concurrent;

namespace Torch2Jax.Functions;

/// <summary>The shape cache of one function version in memory: bounded, entries not used for longest go first.</summary>
internal sealed class ShapeCache(int capacity)
{
    private readonly ConcurrentDictionary<ShapeLookup, ShapeEntry> entries = new();
    private readonly Lock trimming = new();

    /// <summary>All entries.</summary>
    public IEnumerable<ShapeEntry> Entries => entries.Values;

    /// <summary>The entry of a key; null where it is not known.</summary>
    public ShapeEntry? Find(in ShapeLookup key) => entries.GetValueOrDefault(key);

    /// <summary>Adds an entry, unless another thread was faster: then that one is the entry.</summary>
    public ShapeEntry Add(ShapeEntry entry)
    {
        var added = entries.GetOrAdd(ShapeLookup.Of(entry.Key), entry);
        if (entries.Count > capacity)
        {
            Trim();
        }

        return added;
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear() => entries.Clear();

    // An eighth goes at once, so that sorting is paid for by many additions.
    private void Trim()
    {
        lock (trimming)
        {
            var surplus = entries.Count - capacity;
            if (surplus <= 0)
            {
                return;
            }

            var oldest = entries.Values.OrderBy(e => e.LastUsedAt).Take(surplus + (capacity / 8)).ToList();
            foreach (var entry in oldest)
            {
                entries.TryRemove(ShapeLookup.Of(entry.Key), out _);
            }
        }
    }
}

/// <summary>What is known of a call's shapes.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">Its entry; null where it has none.</param>
internal readonly record struct KnownShapes(ShapeCacheKey Key, ShapeEntry? Entry);

/// <summary>The key of an entry within one function version.</summary>
/// <param name="Program">The program's text.</param>
/// <param name="ShapeKey">The shapes of the function's own leaves.</param>
/// <param name="DeviceKind"><c>cpu</c> or <c>cuda</c>.</param>
internal readonly record struct ShapeLookup(string Program, string ShapeKey, string DeviceKind)
{
    /// <summary>The key of a registry's key.</summary>
    public static ShapeLookup Of(ShapeCacheKey key) => new(key.Program, key.ShapeKey, key.Device);
}
