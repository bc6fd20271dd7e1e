using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>
/// A batch whose processes and database are killed at moments that nobody chose. T2J_BATCH_KILLS and T2J_BATCH_CHUNKS make
/// it longer: 20 and 10000 are what the product promises.
/// </summary>
[Collection(ServiceCollection.Name)]
public sealed class KillTests
{
    [Fact]
    public async Task A_batch_whose_process_and_database_are_killed_again_and_again_ends_complete_with_the_same_bytes()
    {
        var kills = Setting.Number("T2J_BATCH_KILLS", 4);
        var chunks = Setting.Number("T2J_BATCH_CHUNKS", 3000);
        using var batch = new LongBatch(chunks);
        await using var server = new PrivateServer();
        await server.StartAsync();
        var service = await StartAsync();
        try
        {
            await BatchTests.PostAsync(
                service.Client,
                "/api/functions",
                Json.Registration("slow", LongBatch.Source(200))
            );
            var address = await batch.StartAsync(service.Client);
            for (var kill = 1; kill <= kills; kill++)
            {
                await LongBatch.UntilAsync(service.Client, address, kill * chunks / (kills + 2));
                await Task.Delay(Random.Shared.Next(30));
                // In turn: the process, the database under it, both.
                if (kill % 3 != 1)
                {
                    await server.KillAsync();
                    await Task.Delay(Random.Shared.Next(300));
                }

                if (kill % 3 != 2)
                {
                    service.Kill();
                    service.Dispose();
                }

                await server.StartAsync();
                if (kill % 3 != 2)
                {
                    service = await StartAsync();
                }
            }

            await batch.ExpectAsync(await LongBatch.UntilEndedAsync(service.Client, address));
        }
        finally
        {
            service.Dispose();
        }

        async Task<ServiceProcess> StartAsync() =>
            await ServiceProcess.StartAsync(
                server.DataDirectory,
                "torch2jax",
                "--Batches:Roots",
                batch.Root,
                "--Engine:Threads",
                "1"
            );
    }
}
