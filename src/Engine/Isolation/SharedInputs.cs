using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Isolation;

/// <summary>
/// The memory of this process's big arrays once there are workers: all of them read it, none can write it, so an input
/// costs no copy. One for the process; address space that is not used takes no memory.
/// </summary>
internal sealed class SharedInputs : IBlockSource
{
    private const long LeastBytes = 64L << 30;

    private static readonly Lock Making = new();
    private static SharedInputs? instance;

    private readonly Lock gate = new();
    private readonly Dictionary<long, Stack<nint>> free = [];
    private readonly nint start;
    private readonly long length;
    private long used;

    private SharedInputs(SharedHandle handle, long length)
    {
        Handle = handle;
        this.length = length;
        start = NativeMethods.SharedData(handle);
    }

    /// <summary>The memory, for the template.</summary>
    public SharedHandle Handle { get; }

    /// <summary>
    /// Makes the memory, once, and has <see cref="ArrayMemory"/> take big blocks from it; where a GPU has its own wishes
    /// (<see cref="PinnedBlocks"/>) those come first, and inputs of workers are copied.
    /// </summary>
    /// <exception cref="EngineException">The machine has no memory to share.</exception>
    public static SharedInputs Use()
    {
        lock (Making)
        {
            if (instance is null)
            {
                var bytes = Math.Max(LeastBytes, 4 * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) & ~0xFFFFL;
                instance = new SharedInputs(SharedHandle.Create(bytes), bytes);
                ArrayMemory.UseSource(instance); // what is kept from before cannot be shared
            }
            return instance;
        }
    }

    /// <summary>Where a block lies in the memory; -1 where it is elsewhere.</summary>
    public long OffsetOf(nint pointer)
    {
        var offset = (long)pointer - start;
        return offset >= 0 && offset < length ? offset : -1;
    }

    public nint Take(long bytes)
    {
        lock (gate)
        {
            if (free.TryGetValue(bytes, out var blocks) && blocks.TryPop(out var block))
            {
                return block;
            }
            if (bytes > length - used)
            {
                return 0;
            }
            used += bytes;
            return (nint)(start + used - bytes);
        }
    }

    public bool Give(nint block, long bytes)
    {
        var offset = OffsetOf(block);
        if (offset < 0)
        {
            return false;
        }
        NativeMethods.SharedDiscard(Handle, offset, bytes);
        lock (gate)
        {
            if (!free.TryGetValue(bytes, out var blocks))
            {
                free[bytes] = blocks = new Stack<nint>();
            }
            blocks.Push(block);
        }
        return true;
    }
}
