using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Stored;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Stored;

/// <summary>The cache in front of the store. Tests count blocks of memory, which are the process's.</summary>
[Collection(CountedCollection.Name)]
public sealed class StoredArraysTests : IAsyncDisposable
{
    private const int Floats = 1000;
    private const int Bytes = Floats * sizeof(float);

    private readonly MemoryArrayStore store = new();
    private readonly long blocksBefore;

    public StoredArraysTests()
    {
        Blocks.Settle();
        blocksBefore = ArrayMemory.RentedBlocks;
    }

    public ValueTask DisposeAsync()
    {
        Assert.Equal(blocksBefore, ArrayMemory.RentedBlocks);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_was_used_once_answers_while_the_store_is_away()
    {
        await using var arrays = Make();
        await PutAsync("a", 1);
        (await arrays.GetAsync("a")).Dispose();
        store.IsAway = true;

        using var again = await arrays.GetAsync("a");

        Assert.Equal(1f, again.Tree.Leaves[0].AsSpan<float>()[0]);
        Assert.Equal((1, 1, 1), (arrays.Cache.Hits, arrays.Cache.Misses, store.Reads));
        await ServiceFixture.ThrowsAsync(ErrorCode.RegistryUnavailable, async () => await arrays.GetAsync("b"));
    }

    [Fact]
    public async Task What_is_handed_over_is_in_memory_for_the_first_call()
    {
        await using var arrays = Make();
        await arrays.HandOverAsync("a", Tree(1));
        using var lease = await arrays.GetAsync("a");
        Assert.Equal(0, store.Reads);
        await arrays.HandOverAsync("b", Tree(1));
        Assert.Equal((1, 1), (arrays.Cache.Entries, arrays.Cache.Arrays));
        await ServiceFixture.ThrowsAsync(ErrorCode.MalformedRequest, () => arrays.HandOverAsync("no name", Tree(2)));
    }

    [Fact]
    public async Task The_one_not_used_for_longest_makes_room_and_stays_whole_for_who_uses_it()
    {
        await using var arrays = Make(capacity: 2 * Bytes);
        foreach (var seed in (int[])[1, 2, 3])
        {
            await PutAsync($"n{seed}", seed);
        }

        using var first = await arrays.GetAsync("n1");
        (await arrays.GetAsync("n2")).Dispose();
        (await arrays.GetAsync("n3")).Dispose();

        Assert.Equal((2, 2 * Bytes, 1), (arrays.Cache.Entries, arrays.Cache.Bytes, arrays.Cache.Evictions));
        Assert.Equal(Values(1), first.Tree.Leaves[0].AsSpan<float>().ToArray());
        Assert.Equal(blocksBefore + 3, ArrayMemory.RentedBlocks);
        first.Dispose();
        first.Dispose();
        Assert.Equal(blocksBefore + 2, ArrayMemory.RentedBlocks);
        (await arrays.GetAsync("n2")).Dispose();
        Assert.Equal(3, store.Reads);
        (await arrays.GetAsync("n1")).Dispose();
        (await arrays.GetAsync("n2")).Dispose();
        Assert.Equal(4, store.Reads);
    }

    [Fact]
    public async Task What_is_larger_than_the_cache_is_there_as_long_as_it_is_used()
    {
        await using var arrays = Make(capacity: Bytes - 1);
        await PutAsync("a", 1);
        using (var lease = await arrays.GetAsync("a"))
        {
            Assert.Equal(Values(1), lease.Tree.Leaves[0].AsSpan<float>().ToArray());
            Assert.Equal((0, 0), (arrays.Cache.Entries, arrays.Cache.Bytes));
        }

        Assert.Equal(blocksBefore, ArrayMemory.RentedBlocks);
    }

    [Fact]
    public async Task First_uses_at_the_same_time_read_it_once_and_who_gives_up_stops_nobody()
    {
        await using var arrays = Make();
        await PutAsync("a", 1);
        var gate = new TaskCompletionSource();
        store.Gate = gate.Task;
        using var impatient = new CancellationTokenSource();
        Task<ArrayLease>[] waiting = [.. Enumerable.Range(0, 8).Select(_ => arrays.GetAsync("a").AsTask())];
        var first = arrays.GetAsync("a", impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        var leases = await Task.WhenAll(waiting);

        Assert.Equal(1, store.Reads);
        Assert.Single(leases.Select(lease => lease.Tree.Leaves[0].Pointer).Distinct());
        Array.ForEach(leases, lease => lease.Dispose());
    }

    [Fact]
    public async Task A_read_that_everybody_gave_up_leaves_nothing_that_nobody_frees()
    {
        var arrays = Make(capacity: 0);
        await PutAsync("a", 1);
        var gate = new TaskCompletionSource();
        store.Gate = gate.Task;
        using var impatient = new CancellationTokenSource();
        var waiting = arrays.GetAsync("a", impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.SetResult();

        await ServiceFixture.Until(() => Task.FromResult(ArrayMemory.RentedBlocks == blocksBefore && store.Reads == 1));
        await arrays.DisposeAsync();
    }

    [Fact]
    public async Task A_change_elsewhere_is_seen_as_soon_as_it_is_told()
    {
        await using var arrays = Make();
        var old = await PutAsync("a", 1);
        (await arrays.GetAsync("a")).Dispose();
        store.IsSilent = true;
        await PutAsync("a", 2);
        using (var stale = await arrays.GetAsync("a"))
        {
            Assert.Equal(old.Sha256, stale.Array.Sha256);
        }

        store.IsSilent = false;
        store.Tell();

        await ServiceFixture.Until(async () =>
        {
            using var now = await arrays.GetAsync("a");
            return now.Array.Sha256 != old.Sha256;
        });
        await store.DeleteAsync("a", ArrayCondition.None, default);
        await ServiceFixture.Until(async () =>
        {
            try
            {
                (await arrays.GetAsync("a")).Dispose();
                return false;
            }
            catch (EngineException error)
            {
                return error.Code == ErrorCode.ArrayNotFound;
            }
        });
    }

    [Fact]
    public async Task An_answer_that_a_change_overtook_is_not_remembered()
    {
        await using var arrays = Make();
        await PutAsync("a", 1);
        // The content goes between the look at the name and the read: the name is looked at again.
        var once = true;
        store.BeforeRead = () =>
        {
            if (once)
            {
                once = false;
                store.SaveAsync("a", Content(2), ArrayCondition.None, default).Wait();
            }
        };

        using var lease = await arrays.GetAsync("a");

        Assert.Equal(Values(2), lease.Tree.Leaves[0].AsSpan<float>().ToArray());
    }

    [Fact]
    public async Task Damaged_content_is_no_answer()
    {
        await using var arrays = Make();
        await PutAsync("a", 1);
        store.IsDamaged = true;
        await ServiceFixture.ThrowsAsync(ErrorCode.Internal, async () => await arrays.GetAsync("a"));
        store.IsDamaged = false;
        (await arrays.GetAsync("a")).Dispose();
    }

    [Fact]
    public async Task A_bound_reference_is_a_conflict_once_the_name_stands_for_something_else()
    {
        await using var arrays = Make();
        var old = await PutAsync("a", 1);
        (await arrays.GetAsync($"{old.Pinned}")).Dispose();
        await arrays.PutAsync("a", Content(2).Tree);
        await ServiceFixture.ThrowsAsync(ErrorCode.Conflict, async () => await arrays.GetAsync($"{old.Pinned}"));
        await arrays.DeleteAsync("a");
        await ServiceFixture.ThrowsAsync(ErrorCode.ArrayNotFound, async () => await arrays.GetAsync($"{old.Pinned}"));
        await ServiceFixture.ThrowsAsync(ErrorCode.ArrayNotFound, () => arrays.DeleteAsync("a"));
    }

    private static float[] Values(int seed) => [.. Enumerable.Range(seed, Floats).Select(value => (float)value)];

    private static PyTree<NDArray> Tree(int seed) => PyTree.Leaf(NDArray.FromArray(Values(seed), Floats));

    // Managed memory, so that blocks counted are the cache's.
    private static ArrayContent Content(int seed)
    {
        var storage = new ManagedStorage(Values(seed));
        return ArrayContent.Of(PyTree.Leaf(NDArray.Wrap(storage, DType.Float32, Floats)));
    }

    private StoredArrays Make(long capacity = 1 << 20) =>
        new(store, capacity, 100, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    private async Task<StoredArray> PutAsync(string name, int seed) =>
        (await store.SaveAsync(name, Content(seed), ArrayCondition.None, default)).Array;
}
