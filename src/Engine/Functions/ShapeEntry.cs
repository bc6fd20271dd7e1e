using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Memory;
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
    private long peakBytes;
    private long handedPeakBytes;

    /// <summary>The key in the registry.</summary>
    public ShapeCacheKey Key => key;

    /// <summary>The program's outputs; where they are dynamic, the last ones seen.</summary>
    public PyTree<ShapeDtypeStruct> Outputs => Volatile.Read(ref known).Outputs;

    /// <summary>Whether the shapes depend on data.</summary>
    public bool IsDynamic => Volatile.Read(ref known).IsDynamic;

    /// <summary>Most bytes of tensors that a call held at once; 0 where none has said.</summary>
    public long PeakBytes => Volatile.Read(ref peakBytes);

    /// <summary>When it was last used, as far as handed to the registry.</summary>
    public DateTimeOffset LastUsedAt => new(Volatile.Read(ref lastUsedTicks), TimeSpan.Zero);

    /// <summary>An entry read from the registry; its first use by a call says so.</summary>
    public static ShapeEntry Restore(ShapeCacheRecord record, PyTree<ShapeDtypeStruct> outputs) =>
        new(record.Key, record.InTree, outputs, record.Dynamic, record.CreatedAt)
        {
            hits = record.Hits,
            lastUsedTicks = record.LastUsedAt.UtcTicks,
            unusedSinceRestored = 1,
            peakBytes = record.PeakBytes,
            handedPeakBytes = record.PeakBytes,
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

    /// <summary>
    /// What a call with so many bytes of arguments is thought to need on its device. A peak counts them where they were
    /// copied to it, which is everywhere but on the processor.
    /// </summary>
    public MemoryEstimate Estimate(long inputs)
    {
        var (peak, now) = (PeakBytes, Volatile.Read(ref known));
        return peak > 0
            ? new MemoryEstimate(
                key.Device == DeviceName.Default ? inputs : 0,
                peak,
                now.IsDynamic ? EstimateBasis.DynamicPeak : EstimateBasis.Peak
            )
            : new MemoryEstimate(inputs, now.Bytes, now.IsDynamic ? EstimateBasis.DynamicPeak : EstimateBasis.Outputs);
    }

    /// <summary>
    /// Notes what a call held. True where that is so much more than the registry was told (an eighth) that it is to hear
    /// of it: sizes that differ by little are not worth a write.
    /// </summary>
    public bool NotePeak(long bytes)
    {
        for (var known = PeakBytes; bytes > known; )
        {
            var seen = Interlocked.CompareExchange(ref peakBytes, bytes, known);
            if (seen == known)
            {
                break;
            }

            known = seen;
        }

        var handed = Volatile.Read(ref handedPeakBytes);
        return bytes > handed + (handed / 8)
            && Interlocked.CompareExchange(ref handedPeakBytes, bytes, handed) == handed;
    }

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
            LastUsedAt,
            PeakBytes
        );
    }

    private sealed record Known(PyTree<ShapeDtypeStruct> Outputs, bool IsDynamic)
    {
        public long Bytes { get; } = MemoryEstimate.BytesOf(Outputs.Leaves);
    }
}
