using Torch2Jax.Arrays;

namespace Torch2Jax.Tests.Arrays;

/// <summary>Tests that look at the process's counters of array memory, which others would disturb.</summary>
[CollectionDefinition(nameof(ArrayMemoryCollection), DisableParallelization = true)]
public sealed class ArrayMemoryCollection
{
    /// <summary>Blocks in use, after what earlier tests forgot to dispose of is gone.</summary>
    internal static long SettledBlocks()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return ArrayMemory.RentedBlocks;
    }
}

[Collection(nameof(ArrayMemoryCollection))]
public sealed class ArrayMemoryTests
{
    [Fact]
    public void Every_size_fits_its_class_with_little_lost()
    {
        for (long bytes = 1; bytes <= int.MaxValue; bytes += 1 + (bytes / 7))
        {
            var sizeClass = SizeClasses.Find((nuint)bytes);
            Assert.InRange(SizeClasses.Bytes(sizeClass), bytes, Math.Max(64, bytes * 5 / 4));
            Assert.True(sizeClass == 0 || SizeClasses.Bytes(sizeClass - 1) < bytes);
        }

        Assert.Equal(SizeClasses.Count - 1, SizeClasses.Find(int.MaxValue));
        Assert.Equal(0, SizeClasses.Find(0));
    }

    [Fact]
    public void A_block_given_back_is_used_again()
    {
        var first = NDArray.Allocate(DType.UInt8, 3 << 20);
        var pointer = first.Pointer;
        first.Dispose();
        using var second = NDArray.Allocate(DType.UInt8, (3 << 20) - 100);
        Assert.Equal(pointer, second.Pointer);
    }

    [Fact]
    public void What_is_kept_stays_within_the_bound_and_trimming_gives_it_back()
    {
        NDArray[] arrays = [.. Enumerable.Range(0, 40).Select(_ => NDArray.Allocate(DType.UInt8, 16 << 20))];
        ArrayMemoryCollection.SettledBlocks();
        var rented = ArrayMemory.RentedBytes;
        Array.ForEach(arrays, array => array.Dispose());
        Assert.Equal(rented - (40L * (16 << 20)), ArrayMemory.RentedBytes);
        Assert.InRange(ArrayMemory.CachedBytes, 1, ArrayMemory.MaxCachedBytes);
        ArrayMemory.Trim();
        Assert.Equal(0, ArrayMemory.CachedBytes);
    }

    [Fact]
    public void What_lay_unused_for_a_whole_interval_is_given_back()
    {
        ArrayMemory.Trim();
        NDArray.Allocate(DType.UInt8, 1 << 20).Dispose();
        ArrayMemory.TrimIdle();
        Assert.Equal(1 << 20, ArrayMemory.CachedBytes);
        NDArray.Allocate(DType.UInt8, 1 << 20).Dispose();
        ArrayMemory.TrimIdle();
        Assert.Equal(1 << 20, ArrayMemory.CachedBytes);
        ArrayMemory.TrimIdle();
        Assert.Equal(0, ArrayMemory.CachedBytes);
    }

    [Fact]
    public void Many_threads_share_the_memory()
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        Parallel.For(
            0,
            5_000,
            i =>
            {
                using var array = NDArray.Allocate(DType.Int32, (i * 37 % 3000) + 1);
                array.AsSpan<int>().Fill(i);
                Thread.Yield();
                Assert.Equal(-1, array.AsSpan<int>().IndexOfAnyExcept(i));
            }
        );
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }
}
