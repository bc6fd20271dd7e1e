using System.Net.Http.Json;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>One array through a function, in one chunk (whole.npy) and in one for each row (parts.npy).</summary>
internal sealed class LongBatch : IDisposable
{
    private readonly int rows;

    public LongBatch(int rows)
    {
        this.rows = rows;
        using var array = NDArray.Allocate(DType.Float32, rows, 256);
        var values = array.AsSpan<float>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i % 997 * 0.013f;
        }

        using var stream = File.Create(PathOf("x.npy"));
        Npy.Write(stream, array);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("t2j-long-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>A function that takes about this many runs of one small operator.</summary>
    public static string Source(int runs) =>
        $"def slow(x: Tensor) -> Tensor:\n    y = x\n    for i in range({runs}):\n        y = torch.sin(y)\n    return y\n";

    /// <summary>Runs the undisturbed batch to its end, and starts the other one; gives its address.</summary>
    public async Task<string> StartAsync(HttpClient client)
    {
        var whole = await BatchTests.PostAsync(client, "/api/batches", Manifest("whole.npy", rows));
        await UntilEndedAsync(client, whole);
        return await BatchTests.PostAsync(client, "/api/batches", Manifest("parts.npy", 1));
    }

    /// <summary>Waits until so many chunks are complete, or the batch has ended.</summary>
    public static Task<JsonElement> UntilAsync(HttpClient client, string batch, int completed) =>
        WaitAsync(client, batch, state => HasEnded(state) || Completed(state) >= completed);

    /// <summary>Waits until the batch is at its end, whichever.</summary>
    public static Task<JsonElement> UntilEndedAsync(HttpClient client, string batch) =>
        WaitAsync(client, batch, HasEnded);

    /// <summary>Each chunk is in the result once, and nothing else is left in the folder.</summary>
    public async Task ExpectAsync(JsonElement state)
    {
        Assert.Equal("completed", state.GetProperty("state").GetString());
        Assert.Equal(rows, Completed(state));
        Assert.Equal(
            await File.ReadAllBytesAsync(PathOf("whole.npy")),
            await File.ReadAllBytesAsync(PathOf("parts.npy"))
        );
        var files = new DirectoryInfo(Root)
            .EnumerateFiles("*", new EnumerationOptions { AttributesToSkip = 0 })
            .Select(file => file.Name);
        Assert.Equal(["parts.npy", "whole.npy", "x.npy"], files.Order(StringComparer.Ordinal));
    }

    private static bool HasEnded(JsonElement state) =>
        state.GetProperty("state").GetString() is not ("available" or "running");

    private static int Completed(JsonElement state) => state.GetProperty("chunks").GetProperty("completed").GetInt32();

    private static async Task<JsonElement> WaitAsync(HttpClient client, string batch, Func<JsonElement, bool> until)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            using var answer = await client.GetAsync(batch, limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                var state = await answer.Content.ReadFromJsonAsync<JsonElement>(limit.Token);
                if (until(state))
                {
                    return state;
                }
            }

            // 503 while its database is away.
            await Task.Delay(10, limit.Token);
        }
    }

    private static string Manifest(string output, int chunkSize) =>
        $$$"""
            {"manifest":{"function":"slow","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},
             "output":{"array":"{{{output}}}"},"chunkSize":{{{chunkSize}}}}}
            """;

    private string PathOf(string name) => Path.Combine(Root, name);
}
