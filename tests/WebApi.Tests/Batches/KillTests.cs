using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>
/// A batch whose process is killed again and again at moments that nobody chose. T2J_BATCH_KILLS and T2J_BATCH_CHUNKS make it
/// longer.
/// </summary>
[Collection(ServiceCollection.Name)]
public sealed class KillTests(ServiceFixture fixture) : IDisposable
{
    private const string Slow =
        "def slow(x: Tensor) -> Tensor:\n    y = x\n    for i in range(200):\n        y = torch.sin(y)\n    return y\n";

    private readonly string root = Directory.CreateTempSubdirectory("t2j-kill-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_batch_that_is_killed_again_and_again_ends_complete_with_the_same_bytes()
    {
        var kills = Setting("T2J_BATCH_KILLS", 4);
        var chunks = Setting("T2J_BATCH_CHUNKS", 3000);
        Write("x.npy", chunks);
        var schema = ServiceFixture.NewSchema();
        var service = await StartAsync(schema);
        try
        {
            await BatchTests.PostAsync(service.Client, "/api/functions", Json.Registration("slow", Slow));
            var whole = await BatchTests.PostAsync(service.Client, "/api/batches", Manifest("whole.npy", chunks));
            await UntilAsync(service, whole, 1, atLeast: 1);

            var batch = await BatchTests.PostAsync(service.Client, "/api/batches", Manifest("parts.npy", 1));
            for (var kill = 1; kill <= kills; kill++)
            {
                await UntilAsync(service, batch, chunks, atLeast: kill * chunks / (kills + 2));
                await Task.Delay(Random.Shared.Next(30));
                service.Kill();
                service.Dispose();
                service = await StartAsync(schema);
            }

            var state = await UntilAsync(service, batch, chunks, atLeast: chunks);
            Assert.Equal("completed", state.GetProperty("state").GetString());
        }
        finally
        {
            service.Dispose();
        }

        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(root, "whole.npy")),
            await File.ReadAllBytesAsync(Path.Combine(root, "parts.npy"))
        );
        Assert.Equal(["parts.npy", "whole.npy", "x.npy"], Files());
    }

    private IEnumerable<string> Files() =>
        new DirectoryInfo(root)
            .EnumerateFiles("*", new EnumerationOptions { AttributesToSkip = 0 })
            .Select(file => file.Name)
            .Order(StringComparer.Ordinal);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var set)
            ? set
            : otherwise;

    private Task<ServiceProcess> StartAsync(string schema) =>
        ServiceProcess.StartAsync(fixture.Data, schema, "--Batches:Roots", root, "--Engine:Threads", "1");

    private static string Manifest(string output, int chunkSize) =>
        $$$"""
            {"manifest":{"function":"slow","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},
             "output":{"array":"{{{output}}}"},"chunkSize":{{{chunkSize}}}}}
            """;

    /// <summary>Waits until so many chunks are complete, and the batch with them where those are all.</summary>
    private static async Task<JsonElement> UntilAsync(ServiceProcess service, string batch, int chunks, int atLeast)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            var state = await service.Client.GetFromJsonAsync<JsonElement>(batch, limit.Token);
            var ended = state.GetProperty("state").GetString() is not ("available" or "running");
            if (
                ended
                || (atLeast < chunks && state.GetProperty("chunks").GetProperty("completed").GetInt32() >= atLeast)
            )
            {
                return state;
            }

            await Task.Delay(10, limit.Token);
        }
    }

    private void Write(string name, int rows)
    {
        using var array = NDArray.Allocate(DType.Float32, rows, 256);
        var values = array.AsSpan<float>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (i % 997) * 0.013f;
        }

        using var stream = File.Create(Path.Combine(root, name));
        Npy.Write(stream, array);
    }
}
