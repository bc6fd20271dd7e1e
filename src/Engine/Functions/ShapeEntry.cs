using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>What the shape cache knows of one program and one shape key.</summary>
/// <param name="key">The key in the registry.</param>
/// <param name="inTree">JAX's text of the function's own arguments.</param>
/// <param name="outputs">The program's outputs.</param>
/// <param name="isDynamic">Whether their shapes depend on data.</param>
/// <param name="createdAt">When the entry was made.</param>
internal sealed class ShapeEntry(
    ShapeCacheKey key,
    string inTree,
    PyTree<ShapeDtypeStruct> outputs,
    bool isDynamic,
    DateTimeOffset createdAt
)
{
    private Known known = new(outputs, isDynamic);
    private long pendingHits;
    private long hits;
    private long lastUsedTicks = createdAt.UtcTicks;
    private int unusedSinceRestored;

    /// <summary>The key in the registry.</summary>
    public ShapeCacheKey Key => key;

    /// <summary>The program's outputs; where they are dynamic, the last ones seen.</summary>
    public PyTree<ShapeDtypeStruct> Outputs => Volatile.Read(ref known).Outputs;

    /// <summary>Whether the shapes depend on data.</summary>
    public bool IsDynamic => Volatile.Read(ref known).IsDynamic;

    /// <summary>When it was last used, as far as handed to the registry.</summary>
    public DateTimeOffset LastUsedAt => new(Volatile.Read(ref lastUsedTicks), TimeSpan.Zero);

    /// <summary>An entry read from the registry; its first use by a call says so.</summary>
    public static ShapeEntry Restore(ShapeCacheRecord record, PyTree<ShapeDtypeStruct> outputs) =>
        new(record.Key, record.InTree, outputs, record.Dynamic, record.CreatedAt)
        {
            hits = record.Hits,
            lastUsedTicks = record.LastUsedAt.UtcTicks,
            unusedSinceRestored = 1,
        };

    /// <summary>Whether these are the shapes it knows; the structure counts only where it is not named by the call.</summary>
    public bool Matches(PyTree<NDArray> outputs, bool namedByCall)
    {
        var expected = Outputs;
        if (!namedByCall && !expected.Structure.Equals(outputs.Structure))
        {
            return false;
        }

        var want = expected.LeafSpan;
        var got = outputs.LeafSpan;
        for (var i = 0; i < got.Length; i++)
        {
            if (i >= want.Length || !got[i].Fits(want[i]))
            {
                return false;
            }
        }

        return want.Length == got.Length;
    }

    /// <summary>Notes that other shapes came out for the same key: it stays dynamic from now on.</summary>
    public void BecomeDynamic(PyTree<ShapeDtypeStruct> lastSeen) =>
        Volatile.Write(ref known, new Known(lastSeen, IsDynamic: true));

    /// <summary>True at the first use by a call after it was restored.</summary>
    public bool TakeRestored() =>
        Volatile.Read(ref unusedSinceRestored) != 0 && Interlocked.Exchange(ref unusedSinceRestored, 0) != 0;

    /// <summary>Counts a use; true where it is the first one that waits to be handed over.</summary>
    public bool Count() => Interlocked.Increment(ref pendingHits) == 1;

    /// <summary>Takes the uses counted since the last time.</summary>
    public long TakePending(DateTimeOffset now)
    {
        var taken = Interlocked.Exchange(ref pendingHits, 0);
        Interlocked.Add(ref hits, taken);
        Volatile.Write(ref lastUsedTicks, now.UtcTicks);
        return taken;
    }

    /// <summary>The entry as the registry stores it.</summary>
    public ShapeCacheRecord ToRecord(string engineVersion)
    {
        var now = Volatile.Read(ref known);
        var used = Interlocked.Read(ref hits) + Interlocked.Read(ref pendingHits);
        return new ShapeCacheRecord(
            key,
            inTree,
            TreeJson.ToJson(now.Outputs),
            now.IsDynamic,
            engineVersion,
            used,
            createdAt,
            LastUsedAt
        );
    }

    private sealed record Known(PyTree<ShapeDtypeStruct> Outputs, bool IsDynamic);
}
