using Torch2Jax.Errors;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>Calls of batches in the queue that everybody stands in.</summary>
public sealed class BatchTurnsTests : IDisposable
{
    private readonly ManualResetEventSlim hold = new();

    public void Dispose()
    {
        hold.Set();
        hold.Dispose();
    }

    [Fact]
    public async Task Batches_never_take_the_last_place_so_that_callers_find_one()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 3, Queue = 10 });
        using var turns = new BatchTurns(gate);
        var freed = new Freed();
        var all = Enumerable.Range(0, 8).Select(_ => turns.RunAsync(null, null, Held, freed, default)).ToArray();
        await UntilAsync(() => gate.Load.Any(load => load.Running == 2));

        Assert.Equal("answered", await gate.RunAsync(null, null, () => "answered", null, default));
        Assert.Equal(("cpu", 2, 0), gate.Load.Single());
        hold.Set();
        await Task.WhenAll(all);
        Assert.Equal(8, freed.Count);
        Assert.Equal(("cpu", 0, 0), gate.Load.Single());
    }

    [Fact]
    public async Task Where_the_queue_is_full_a_batch_waits_and_does_not_fail()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1, Queue = 1 });
        using var turns = new BatchTurns(gate);
        var running = gate.RunAsync(null, null, Held, null, default);
        var waiting = gate.RunAsync(null, null, Held, null, default);
        var freed = new Freed();
        var batch = turns.RunAsync(null, null, () => new Freed(), freed, default);
        await Task.Delay(200);
        Assert.False(batch.IsCompleted);
        hold.Set();
        await Task.WhenAll(running, waiting, batch);
        Assert.Equal(1, freed.Count);
    }

    [Fact]
    public async Task Standing_in_line_is_no_part_of_a_calls_time()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1, Queue = 10 });
        using var turns = new BatchTurns(gate);
        var running = gate.RunAsync(null, null, Held, null, default);
        var freed = new Freed();
        var batch = turns.RunAsync(null, TimeSpan.FromMilliseconds(100), () => new Freed(), freed, default);
        await Task.Delay(400);
        Assert.False(batch.IsCompleted);
        hold.Set();
        await Task.WhenAll(running, batch);
        Assert.Equal(1, freed.Count);
    }

    [Fact]
    public async Task A_call_that_outlives_its_limit_is_late_and_frees_what_it_had_when_it_ends()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 2 });
        using var turns = new BatchTurns(gate);
        var freed = new Freed();
        var late = await Assert.ThrowsAsync<EngineException>(() =>
            turns.RunAsync(null, TimeSpan.FromMilliseconds(100), Held, freed, default)
        );
        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);
        Assert.Equal(0, freed.Count);
        hold.Set();
        await UntilAsync(() => freed.Count == 1 && gate.Stuck.Count == 0);
    }

    [Fact]
    public async Task A_call_that_found_no_memory_beside_others_is_made_again_with_the_arguments_it_had()
    {
        using var turns = new BatchTurns(new CallGate(new AdmissionOptions { Concurrency = 2 }));
        var freed = new Freed();
        var tries = 0;
        using var result = await turns.RunAsync(
            null,
            null,
            () =>
            {
                Assert.Equal(0, freed.Count);
                return ++tries < 3 ? throw new MemoryException(ErrorCode.Overloaded, "Others have it.") : new Freed();
            },
            freed,
            default
        );
        Assert.Equal((3, 1), (tries, freed.Count));
    }

    [Fact]
    public async Task A_call_that_is_too_large_is_made_once()
    {
        using var turns = new BatchTurns(new CallGate(new AdmissionOptions { Concurrency = 2 }));
        var freed = new Freed();
        var tries = 0;
        Func<Freed> work = () =>
        {
            tries++;
            throw new MemoryException(ErrorCode.ExecutionFailed, "It never fits.");
        };
        await Assert.ThrowsAsync<MemoryException>(() => turns.RunAsync(null, null, work, freed, default));
        Assert.Equal((1, 1), (tries, freed.Count));
    }

    [Theory]
    [InlineData(8, 7)]
    [InlineData(3, 3)]
    [InlineData(2, 2)]
    public async Task On_a_GPU_a_batch_has_places_to_copy_and_compute_at_once(int concurrency, int places)
    {
        var options = new AdmissionOptions { Concurrency = 1, DeviceConcurrency = concurrency };
        var gate = new CallGate(options, ["cuda:0", "cuda:1"]);
        using var turns = new BatchTurns(gate);
        var freed = new Freed();
        var all = Enumerable.Range(0, 9).Select(_ => turns.RunAsync("cuda:1", null, Held, freed, default)).ToArray();
        await UntilAsync(() => gate.Load.Any(load => load == ("cuda:1", places, 0)));
        using var other = await turns.RunAsync("cuda", null, () => new Freed(), freed, default);
        hold.Set();
        await Task.WhenAll(all);
        Assert.Equal(10, freed.Count);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private Freed Held()
    {
        hold.Wait();
        return new Freed();
    }

    private sealed class Freed : IDisposable
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public void Dispose() => Interlocked.Increment(ref count);
    }
}
