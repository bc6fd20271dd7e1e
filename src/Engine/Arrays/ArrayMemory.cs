using System.Runtime.InteropServices;
using Torch2Jax.Errors;

namespace Torch2Jax.Arrays;

/// <summary>
/// The memory of arrays: 64-byte aligned blocks outside the managed heap, reused within a bound. Large arrays spend more
/// time in page faults than in arithmetic, so blocks are kept; those that stay unused are given back.
/// </summary>
public static class ArrayMemory
{
    /// <summary>At most this many bytes are kept for reuse.</summary>
    public const long MaxCachedBytes = 256L << 20;

    private const nuint Alignment = 64;

    // Blocks below this are cheaper to copy than to share.
    private const long SmallestShared = 64 << 10;

    // What lay unused for a whole interval is given back.
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(15);

    private static readonly Lock Gate = new();
    private static readonly FreeList[] FreeLists = new FreeList[SizeClasses.Count];
    private static readonly Timer IdleTimer = new(static _ => TrimIdle());
    private static bool timerRuns;
    private static long cachedBytes;
    private static long rentedBytes;
    private static long rentedBlocks;
    private static IBlockSource? source;

    /// <summary>Bytes kept for reuse.</summary>
    public static long CachedBytes => Interlocked.Read(ref cachedBytes);

    /// <summary>Bytes that arrays hold now, rounded up to whole blocks.</summary>
    public static long RentedBytes => Interlocked.Read(ref rentedBytes);

    /// <summary>Blocks that arrays hold now; tests assert that it returns to where it was.</summary>
    public static long RentedBlocks => Interlocked.Read(ref rentedBlocks);

    /// <summary>Where big blocks come from once others than this process use them in place; null for malloc.</summary>
    internal static IBlockSource? Source => Volatile.Read(ref source);

    /// <summary>Gives everything that is kept for reuse back to the system.</summary>
    public static void Trim() => Free(static list => list.Count);

    /// <summary>Takes big blocks from a source from now on, for as long as the process lives; the first one stays.</summary>
    internal static void UseSource(IBlockSource given)
    {
        if (Interlocked.CompareExchange(ref source, given, null) is null)
        {
            Trim();
        }
    }

    internal static nint Rent(nuint byteLength, out int sizeClass)
    {
        sizeClass = SizeClasses.Find(byteLength);
        var blockBytes = SizeClasses.Bytes(sizeClass);
        nint pointer;
        lock (Gate)
        {
            if (FreeLists[sizeClass].TryPop(out pointer))
            {
                cachedBytes -= blockBytes;
            }
        }

        if (pointer == 0)
        {
            pointer = Allocate(blockBytes);
        }

        Interlocked.Add(ref rentedBytes, blockBytes);
        Interlocked.Increment(ref rentedBlocks);
        return pointer;
    }

    internal static void Return(nint pointer, int sizeClass)
    {
        var blockBytes = SizeClasses.Bytes(sizeClass);
        Interlocked.Add(ref rentedBytes, -blockBytes);
        Interlocked.Decrement(ref rentedBlocks);
        lock (Gate)
        {
            if (cachedBytes + blockBytes <= MaxCachedBytes)
            {
                FreeLists[sizeClass].Push(pointer);
                cachedBytes += blockBytes;
                pointer = 0;
                if (!timerRuns)
                {
                    timerRuns = true;
                    IdleTimer.Change(IdleInterval, IdleInterval);
                }
            }
        }

        Release(pointer, blockBytes);
    }

    internal static void TrimIdle() => Free(static list => list.LowWater);

    private static void Free(Func<FreeList, int> howMany)
    {
        List<(nint Pointer, long Bytes)> freed = [];
        lock (Gate)
        {
            for (var sizeClass = 0; sizeClass < FreeLists.Length; sizeClass++)
            {
                ref var list = ref FreeLists[sizeClass];
                for (var left = howMany(list); left > 0 && list.TryPop(out var pointer); left--)
                {
                    freed.Add((pointer, SizeClasses.Bytes(sizeClass)));
                    cachedBytes -= SizeClasses.Bytes(sizeClass);
                }

                list.ResetLowWater();
            }

            if (cachedBytes == 0)
            {
                timerRuns = false;
                IdleTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var (pointer, bytes) in freed)
        {
            Release(pointer, bytes);
        }
    }

    private static unsafe nint Allocate(long blockBytes)
    {
        if (blockBytes >= SmallestShared && Source is { } shared && shared.Take(blockBytes) is var taken and not 0)
        {
            return taken;
        }

        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)blockBytes, Alignment);
        }
        catch (OutOfMemoryException)
        {
            // What is only kept may be just what is missing.
            Trim();
        }

        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)blockBytes, Alignment);
        }
        catch (OutOfMemoryException exception)
        {
            throw new MemoryException(
                ErrorCode.Overloaded,
                $"There is no memory for an array of {blockBytes} bytes now.",
                innerException: exception
            );
        }
    }

    private static unsafe void Release(nint pointer, long blockBytes)
    {
        if (Source is null || !Source.Give(pointer, blockBytes))
        {
            NativeMemory.AlignedFree((void*)pointer);
        }
    }

    /// <summary>Free blocks of one size, and the fewest there were since the last idle check.</summary>
    private struct FreeList
    {
        private Stack<nint>? blocks;

        public int LowWater { get; private set; }

        public readonly int Count => blocks?.Count ?? 0;

        public void Push(nint pointer) => (blocks ??= []).Push(pointer);

        public bool TryPop(out nint pointer)
        {
            pointer = 0;
            if (blocks is null || !blocks.TryPop(out pointer))
            {
                return false;
            }

            LowWater = Math.Min(LowWater, blocks.Count);
            return true;
        }

        public void ResetLowWater() => LowWater = Count;
    }
}
