using Torch2Jax.Functions;
using Torch2Jax.Registry;
using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.Torch;

namespace Torch2Jax.Batches.Tests;

/// <summary>A database that is killed while a batch runs: the batch waits for it, and ends with the same bytes.</summary>
public sealed class OutageTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_batch_waits_for_a_database_that_was_killed_and_ends_with_the_same_bytes()
    {
        await using var server = new PrivateServer();
        var connection = (await server.StartAsync()).ConnectionString;
        using var backend = NativeTorchBackend.Create();
        backend.Threads = 1;
        await using var registry = await PostgresRegistry.OpenAsync(new(connection, null), null, default);
        await using var functions = new FunctionService(backend, registry);
        await functions.RegisterAsync(new("wave", "def wave(x: Tensor) -> Tensor:\n    return torch.sin(x) + x\n"));
        place.WriteNpy("x.npy", 3000, 64).Dispose();

        var whole = await RunAsync("whole", 3000, registry.Batches);
        var completions = 0;
        var store = new StoreThat(registry.Batches)
        {
            AfterComplete = async () =>
            {
                if (++completions is 2 or 4)
                {
                    await server.KillAsync();
                    _ = Task.Run(RestartAsync);
                }
            },
        };
        var parts = await RunAsync("parts", 10, store);

        Assert.Equal((BatchState.Completed, BatchState.Completed), (whole.State, parts.State));
        Assert.True(completions > 4, $"the database was killed only in {completions} completions");
        Assert.Equal(
            await File.ReadAllBytesAsync(place.PathOf("whole.npy")),
            await File.ReadAllBytesAsync(place.PathOf("parts.npy"))
        );
        Assert.Equal(300, (await registry.Batches.CountAsync(parts.Id, default)).Completed);

        async Task RestartAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            await server.StartAsync();
        }

        async Task<BatchRecord> RunAsync(string name, int chunkSize, IBatchStore with)
        {
            var service = new BatchService(functions, backend, with, new() { Lease = TimeSpan.FromSeconds(2) });
            var manifest = ManifestReader.Read(
                $$"""
                {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"} },
                 "output":{"array":"{{name}}.npy"},"chunkSize":{{chunkSize}} }
                """
            );
            var batch = await service.CreateAsync(manifest, place.Folder, default);
            return await service.RunAsync(batch.Id);
        }
    }
}
