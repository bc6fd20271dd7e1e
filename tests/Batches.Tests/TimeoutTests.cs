using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches.Tests;

/// <summary>A chunk that takes longer than the manifest allows, and who lets calls run.</summary>
[Collection(BatchCollection.Name)]
public sealed class TimeoutTests(BatchFixture fixture) : IDisposable
{
    // As many rounds as the largest value says: about two seconds for a million.
    private const string Spins = """
        {"function":"spin","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"},
         "chunkSize":1,"concurrency":CONCURRENCY,"timeoutMs":200,"retries":0,"onBadChunk":"skip"}
        """;

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_chunk_that_takes_too_long_is_a_bad_chunk_and_the_others_are_not_kept_waiting()
    {
        Write(10, 10, 4_000_000, 10);
        var (service, batch) = await MakeAsync(concurrency: 1);
        var ended = await service.RunAsync(batch.Id);

        Assert.Equal(BatchState.Completed, ended.State);
        var bad = Assert.Single(await fixture.Registry.Batches.ChunksAsync(batch.Id, [ChunkState.Discarded], default));
        Assert.Equal(2, bad.Chunk.Index);
        Assert.Equal(ErrorCode.DeadlineExceeded, bad.Error!.Code);
        Assert.Contains("timeoutMs allows, 200 ms", bad.Error.Message, StringComparison.Ordinal);
        using var y = place.ReadNpy("y.npy");
        Assert.Equal([2], Enumerable.Range(0, 4).Where(i => float.IsNaN(y.AsSpan<float>()[i])));
    }

    [Fact]
    public async Task A_batch_of_nothing_else_ends_before_it_fills_the_machine()
    {
        Write([.. Enumerable.Repeat(2_000_000, 40)]);
        var (service, batch) = await MakeAsync(concurrency: 4);
        var ended = await service.RunAsync(batch.Id);

        Assert.Equal(BatchState.Failed, ended.State);
        Assert.Equal(ErrorCode.DeadlineExceeded, ended.Error!.Code);
        Assert.Contains("still run", ended.Error.Message, StringComparison.Ordinal);
        var counts = await fixture.Registry.Batches.CountAsync(batch.Id, default);
        Assert.InRange(counts.Discarded, 4, 12);
    }

    [Fact]
    public async Task Every_call_waits_for_its_turn_and_its_arguments_are_freed()
    {
        Write(10, 20, 30, 40, 50);
        var turns = new CountedTurns();
        var service = fixture.Service(new BatchServiceOptions { Turns = turns });
        var manifest = ManifestReader.Read(Spins.Replace("CONCURRENCY", "2", StringComparison.Ordinal));
        var batch = await service.CreateAsync(manifest, place.Folder, default);
        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id)).State);
        Assert.Equal((5, 5), (turns.Calls, turns.Freed));
        Assert.All(turns.Limits, limit => Assert.Equal(TimeSpan.FromMilliseconds(200), limit));
    }

    private async Task<(BatchService Service, BatchRecord Batch)> MakeAsync(int concurrency)
    {
        var service = fixture.Service();
        var manifest = ManifestReader.Read(Spins.Replace("CONCURRENCY", $"{concurrency}", StringComparison.Ordinal));
        return (service, await service.CreateAsync(manifest, place.Folder, default));
    }

    private void Write(params int[] rounds)
    {
        using var x = NDArray.Allocate(DType.Float32, rounds.Length);
        for (var i = 0; i < rounds.Length; i++)
        {
            x.AsSpan<float>()[i] = rounds[i];
        }

        place.Write("x.npy", stream => Npy.Write(stream, x));
    }

    private sealed class CountedTurns : ICallTurns
    {
        private int calls;
        private int freed;

        public int Calls => calls;

        public int Freed => freed;

        public System.Collections.Concurrent.ConcurrentQueue<TimeSpan?> Limits { get; } = new();

        public Task<T> RunAsync<T>(
            string? device,
            TimeSpan? limit,
            Func<T> work,
            IDisposable arguments,
            CancellationToken cancellationToken
        )
            where T : class, IDisposable
        {
            Limits.Enqueue(limit);
            Interlocked.Increment(ref calls);
            var result = work();
            arguments.Dispose();
            Interlocked.Increment(ref freed);
            return Task.FromResult(result);
        }
    }
}
