using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches.Tests;

/// <summary>Bad chunks, changed inputs, stopped batches: what is complete stays, and a resumed batch ends as if nothing had been.</summary>
[Collection(BatchCollection.Name)]
public sealed class FailureTests(BatchFixture fixture) : IDisposable
{
    private const string Picky = """
        {"function":"picky","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},
         "output":{"array":"y.npy"},"chunkSize":2,"retries":1,"retryDelayMs":1,"onBadChunk":"POLICY"}
        """;

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_bad_chunk_that_is_skipped_is_reported_and_its_place_holds_NaN()
    {
        WriteWithNegative("x.npy", 10, at: 5);
        var (service, batch) = await MakeAsync(Picky.Replace("POLICY", "skip", StringComparison.Ordinal));
        batch = await service.RunAsync(batch.Id);

        Assert.Equal(BatchState.Completed, batch.State);
        var bad = Assert.Single(await fixture.Registry.Batches.ChunksAsync(batch.Id, [ChunkState.Discarded], default));
        Assert.Equal((2, 2), (bad.Chunk.Index, bad.Attempt));
        Assert.Equal(ErrorCode.ExecutionFailed, bad.Error!.Code);
        Assert.Contains("negative", bad.Error.Message, StringComparison.Ordinal);
        using var y = place.ReadNpy("y.npy");
        var values = y.AsSpan<float>().ToArray();
        Assert.Equal([4, 5], Enumerable.Range(0, 10).Where(i => float.IsNaN(values[i])));
    }

    [Fact]
    public async Task A_bad_chunk_that_stops_the_batch_is_its_error_and_the_batch_can_be_resumed_when_the_input_is_mended()
    {
        WriteWithNegative("x.npy", 10, at: 9);
        var (service, batch) = await MakeAsync(Picky.Replace("POLICY", "stop", StringComparison.Ordinal));
        var failed = await service.RunAsync(batch.Id);

        Assert.Equal(BatchState.Failed, failed.State);
        Assert.StartsWith("Chunk 4: ", failed.Error!.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(place.PathOf("y.npy")));

        WriteWithNegative("x.npy", 10, at: -1);
        var changed = await Assert.ThrowsAsync<EngineException>(() => service.RunAsync(batch.Id));
        Assert.Equal(ErrorCode.Conflict, changed.Code);
        Assert.Contains("x.npy", changed.Message, StringComparison.Ordinal);
        Assert.Contains("1 chunk(s)", changed.Message, StringComparison.Ordinal);
        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id, acceptChangedInputs: true)).State);
        using var y = place.ReadNpy("y.npy");
        Assert.True(y.AsSpan<float>().ToArray().All(value => value >= 0));
    }

    [Fact]
    public async Task An_input_that_was_only_touched_after_it_was_read_is_no_change()
    {
        place.WriteNpy("in/a.npy", 3).Dispose();
        WriteWithNegative("in/b.npy", 3, at: 0);
        var (service, batch) = await MakeAsync(
            """
            {"function":"picky","args":[{"$input":"x"}],"inputs":{"x":{"files":"in/*.npy"}},
             "output":{"files":"out/{stem}.npy"},"retries":0}
            """
        );
        Assert.Equal(BatchState.Failed, (await service.RunAsync(batch.Id)).State);

        File.SetLastWriteTimeUtc(place.PathOf("in/a.npy"), DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(BatchState.Failed, (await service.RunAsync(batch.Id)).State);
    }

    [Fact]
    public async Task A_file_that_changes_while_the_batch_runs_ends_it_with_the_files_name()
    {
        for (var i = 0; i < 40; i++)
        {
            place.WriteNpy($"in/{i:D2}.npy", 64, 64).Dispose();
        }

        var (service, batch) = await MakeAsync(
            """
            {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"files":"in/*.npy"}},"output":{"files":"out/{stem}.npy"}}
            """
        );
        var store = new StoreThat(fixture.Registry.Batches)
        {
            BeforeClaim = () => place.WriteNpy("in/39.npy", 8, 8).Dispose(),
        };
        var failed = await fixture.Service(store: store).RunAsync(batch.Id);

        Assert.Equal(BatchState.Failed, failed.State);
        Assert.Contains("39.npy", failed.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_was_stopped_half_way_ends_with_the_same_bytes()
    {
        place.WriteNpy("x.npy", 400, 16).Dispose();
        const string manifest = """
            {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"NAME.npy"}}
            """;
        var (service, whole) = await MakeAsync(manifest.Replace("NAME", "whole", StringComparison.Ordinal));
        await service.RunAsync(whole.Id);

        var (_, batch) = await MakeAsync(manifest.Replace("NAME", "halves", StringComparison.Ordinal));
        var completions = 0;
        var store = new StoreThat(fixture.Registry.Batches)
        {
            AfterComplete = async () =>
            {
                if (++completions == 3)
                {
                    await service.CancelAsync(batch.Id, default);
                }
            },
        };
        var stopped = await fixture.Service(store: store).RunAsync(batch.Id);
        Assert.Equal(BatchState.Cancelled, stopped.State);
        Assert.True((await fixture.Registry.Batches.CountAsync(batch.Id, default)).Open > 0);
        Assert.False(File.Exists(place.PathOf("halves.npy")));

        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id)).State);
        Assert.Equal(
            await File.ReadAllBytesAsync(place.PathOf("whole.npy")),
            await File.ReadAllBytesAsync(place.PathOf("halves.npy"))
        );
        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id)).State);
    }

    [Fact]
    public async Task Two_processes_share_a_batch_and_each_chunk_is_complete_once()
    {
        place.WriteNpy("x.npy", 600, 32).Dispose();
        var (_, batch) = await MakeAsync(
            """
            {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"}}
            """
        );
        await using var other = await fixture.OpenRegistryAsync();
        var stores = new[] { new StoreThat(fixture.Registry.Batches), new StoreThat(other.Batches) };
        await Task.WhenAll(stores.Select(store => fixture.Service(store: store).RunAsync(batch.Id)));

        Assert.Equal(600, stores.Sum(store => store.Completed));
        Assert.All(stores, store => Assert.True(store.Completed > 0, "one process had nothing to do"));
        Assert.Equal(BatchState.Completed, (await fixture.Registry.Batches.FindAsync(batch.Id, default))!.State);
    }

    [Fact]
    public async Task An_attempt_that_another_has_followed_can_change_nothing()
    {
        place.WriteNpy("x.npy", 4).Dispose();
        var (_, batch) = await MakeAsync(
            """
            {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"},"chunkSize":4}
            """
        );
        var store = fixture.Registry.Batches;
        await store.StartAsync(batch.Id, again: true, default);
        var first = Assert.Single(await store.ClaimAsync(batch.Id, Guid.NewGuid(), 10, TimeSpan.Zero, default));
        var second = Assert.Single(
            await store.ClaimAsync(batch.Id, Guid.NewGuid(), 10, TimeSpan.FromHours(1), default)
        );

        var hash = new byte[16];
        Assert.Equal(first.Attempt + 1, second.Attempt);
        Assert.Empty(await store.CompleteAsync(batch.Id, [new(0, first.Attempt, hash, hash, 1)], default));
        await store.FailAsync(batch.Id, new(0, first.Attempt, new(ErrorCode.Internal, "late"), null), default);
        Assert.Equal(1, (await store.CountAsync(batch.Id, default)).Running);
        Assert.False(await store.EndAsync(batch.Id, BatchState.Completed, null, default));
        Assert.Equal([0], await store.CompleteAsync(batch.Id, [new(0, second.Attempt, hash, hash, 1)], default));
    }

    [Fact]
    public async Task A_function_that_an_unfinished_batch_uses_cannot_be_deleted()
    {
        await fixture.Functions.RegisterAsync(new("used", "def used(x: Tensor) -> Tensor:\n    return x\n"));
        place.WriteNpy("x.npy", 4).Dispose();
        var (service, batch) = await MakeAsync(
            """
            {"function":"used","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"}}
            """
        );
        var refused = await Assert.ThrowsAsync<EngineException>(() => fixture.Functions.DeleteAsync("used"));
        Assert.Equal(ErrorCode.Conflict, refused.Code);

        await service.RunAsync(batch.Id);
        await fixture.Functions.DeleteAsync("used");
        Assert.Equal("used", (await service.GetAsync(batch.Id, default)).Function);
    }

    private async Task<(BatchService Service, BatchRecord Batch)> MakeAsync(string manifest)
    {
        var service = fixture.Service();
        return (service, await service.CreateAsync(ManifestReader.Read(manifest), place.Folder, default));
    }

    private void WriteWithNegative(string name, int length, int at)
    {
        using var x = Workplace.Numbers(length);
        if (at >= 0)
        {
            x.AsSpan<float>()[at] = -1;
        }

        place.Write(name, stream => Npy.Write(stream, x));
    }
}
