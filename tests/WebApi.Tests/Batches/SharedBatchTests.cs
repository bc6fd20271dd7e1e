using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>A batch that several instances share, and what becomes of one of them.</summary>
[Collection(ServiceCollection.Name)]
public sealed class SharedBatchTests
{
    private const int Chunks = 900;

    // Longer than the lease of a chunk: the others take over what the lonely one holds.
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(13);

    [Fact]
    public async Task Three_instances_of_which_one_is_killed_and_one_is_cut_off_for_a_while_write_the_same_bytes()
    {
        using var batch = new LongBatch(Chunks);
        await using var server = new PrivateServer();
        var connection = (await server.StartAsync()).ConnectionString;
        using var link = new DatabaseLink(connection);
        using var stays = await StartAsync(connection);
        using var killed = await StartAsync(connection);
        using var lonely = await StartAsync(link.ConnectionString);
        await BatchTests.PostAsync(stays.Client, "/api/functions", Json.Registration("slow", LongBatch.Source(6000)));
        var address = await batch.StartAsync(stays.Client);

        await LongBatch.UntilAsync(stays.Client, address, Chunks / 10);
        link.Cut();
        await LongBatch.UntilAsync(stays.Client, address, Chunks / 5);
        killed.Kill();
        await Task.Delay(Away);
        link.Mend();

        await batch.ExpectAsync(await LongBatch.UntilEndedAsync(stays.Client, address));
        await batch.ExpectAsync(await LongBatch.UntilEndedAsync(lonely.Client, address));
        Assert.False(lonely.HasExited);

        Task<ServiceProcess> StartAsync(string database) =>
            ServiceProcess.StartAsync(
                server.DataDirectory,
                "torch2jax",
                "--TORCH2JAX_DATABASE",
                database,
                "--Batches:Roots",
                batch.Root,
                "--Engine:Threads",
                "1"
            );
    }
}
