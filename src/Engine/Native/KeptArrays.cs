using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Native;

/// <summary>
/// Stored arrays that stay on devices between calls, so that a call moves only what changed. Known by their content; the
/// ones not used for longest go first, and all of them before a call fails for memory.
/// </summary>
internal sealed unsafe class KeptArrays : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Device, ContentKey Content), LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> byUse = new();
    private readonly Dictionary<string, long> limits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> kept = new(StringComparer.Ordinal);

    /// <summary>Bytes that a device may keep.</summary>
    public void Limit(string device, long bytes)
    {
        lock (gate)
        {
            limits[device] = bytes;
        }
    }

    /// <summary>
    /// The array on a device, copied there at its first use, with a reference that the caller gives back
    /// (DangerousRelease); null where it is none that is kept, or where the device has no room for it.
    /// </summary>
    public ArrayHandle? Lease(NDArray array, string device)
    {
        if (array.Content is not { } content || array.ByteLength == 0)
        {
            return null;
        }

        Entry entry;
        lock (gate)
        {
            if (!entries.TryGetValue((device, content), out var node))
            {
                if (!MakeRoom(device, array.ByteLength))
                {
                    return null;
                }

                node = byUse.AddFirst(new Entry(device, content, array.ByteLength));
                entries.Add((device, content), node);
                kept[device] = kept.GetValueOrDefault(device) + array.ByteLength;
            }
            else
            {
                byUse.Remove(node);
                byUse.AddFirst(node);
            }

            entry = node.Value;
        }

        var handle = entry.Use(array);
        if (handle is null)
        {
            Forget(entry);
        }

        return handle;
    }

    /// <summary>Gives up all of them; those in use go when their calls end. False where there were none.</summary>
    public bool Clear()
    {
        lock (gate)
        {
            var any = byUse.Count > 0;
            while (byUse.Last is { } last)
            {
                Remove(last);
            }

            return any;
        }
    }

    public void Dispose() => Clear();

    private bool MakeRoom(string device, long bytes)
    {
        var limit = limits.GetValueOrDefault(device);
        if (bytes > limit)
        {
            return false;
        }

        for (var node = byUse.Last; node is not null && kept.GetValueOrDefault(device) + bytes > limit; )
        {
            var newer = node.Previous;
            if (node.Value.Device == device)
            {
                Remove(node);
            }

            node = newer;
        }

        return true;
    }

    private void Forget(Entry entry)
    {
        lock (gate)
        {
            if (entries.TryGetValue((entry.Device, entry.Content), out var node) && node.Value == entry)
            {
                Remove(node);
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        var entry = node.Value;
        byUse.Remove(node);
        entries.Remove((entry.Device, entry.Content));
        kept[entry.Device] -= entry.Bytes;
        entry.Dispose();
    }

    /// <summary>One array on one device; its first user copies it there, others wait for that.</summary>
    private sealed class Entry(string device, ContentKey content, long bytes) : IDisposable
    {
        private readonly Lock copying = new();
        private ArrayHandle? handle;
        private bool disposed;

        public string Device => device;

        public ContentKey Content => content;

        public long Bytes => bytes;

        /// <summary>A reference more to it; null where it is gone or cannot be there.</summary>
        public ArrayHandle? Use(NDArray array)
        {
            lock (copying)
            {
                if (disposed)
                {
                    return null;
                }

                handle ??= Copy(array);
                var added = false;
                handle?.DangerousAddRef(ref added);
                return handle;
            }
        }

        public void Dispose()
        {
            lock (copying)
            {
                disposed = true;
                handle?.Dispose();
            }
        }

        private ArrayHandle? Copy(NDArray array)
        {
            long* scratch = stackalloc long[ScratchArrays.ScratchLength];
            byte* name = stackalloc byte[DeviceRecord.NameBytes];
            NativeText.TryEncodeName(device, new Span<byte>(name, DeviceRecord.NameBytes));
            nint made = 0;
            nint error = 0;
            using var arrays = new ScratchArrays(scratch, new ReadOnlySpan<NDArray>(in array), []);
            try
            {
                NativeStatus.Check(NativeMethods.ArrayNew(arrays.Inputs, name, &made, &error), error);
            }
            catch (MemoryException)
            {
                return null; // there is no room; the call itself says so where it finds none either
            }

            return new ArrayHandle(made);
        }
    }
}
