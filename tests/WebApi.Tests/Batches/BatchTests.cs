using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>Batches over HTTP: made, watched, stopped, resumed, forgotten; and off unless folders are named.</summary>
[Collection(ServiceCollection.Name)]
public sealed class BatchTests(ServiceFixture fixture) : IAsyncLifetime
{
    private const string Slow =
        "def slow(x: Tensor) -> Tensor:\n    y = x\n    for i in range(3000):\n        y = torch.sin(y)\n    return y\n";

    private readonly string root = Directory.CreateTempSubdirectory("t2j-root-").FullName;
    private RunningService service = null!;

    public async Task InitializeAsync()
    {
        service = await RunningService.StartAsync(
            fixture.Data,
            ServiceFixture.NewSchema(),
            ("Batches:Roots", root),
            ("Engine:Threads", "1")
        );
        await service.RegisterAsync("double", Json.Double);
        await service.RegisterAsync("slow", Slow);
    }

    public async Task DisposeAsync()
    {
        await service.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task A_batch_is_made_worked_on_and_watched_to_its_end()
    {
        WriteNpy("x.npy", 500, 4);
        var made = await service.PostAsync("/api/batches", Request("double", "x.npy", "y.npy", chunkSize: 5));
        var batch = made.Good(HttpStatusCode.Accepted);
        var address = made.Headers.Location!.ToString();
        Assert.Equal($"/api/batches/{batch.GetProperty("id").GetString()}", address);
        Assert.Equal(100, batch.GetProperty("chunks").GetProperty("total").GetInt32());

        var states = await WatchAsync(address);

        Assert.Equal("completed", states[^1].GetProperty("state").GetString());
        Assert.Equal(100, states[^1].GetProperty("chunks").GetProperty("completed").GetInt32());
        using var y = ReadNpy("y.npy");
        Assert.Equal("float32[500, 4]", $"{y}");
        Assert.Equal(2f, y.AsSpan<float>()[1]);
        var listed = (await service.GetAsync("/api/batches?limit=5")).Good().GetProperty("batches");
        Assert.Contains(listed.EnumerateArray(), one => one.GetProperty("id").GetString() == Id(address));
        Assert.Equal(HttpStatusCode.NoContent, (await service.SendAsync(HttpMethod.Delete, address)).Status);
        (await service.GetAsync(address)).Problem(404, "function_not_found");
        Assert.True(File.Exists(Path.Combine(root, "y.npy")));
    }

    [Fact]
    public async Task A_batch_is_stopped_and_resumed_and_its_function_cannot_be_deleted_meanwhile()
    {
        WriteNpy("x.npy", 400, 64);
        var made = await service.PostAsync("/api/batches", Request("slow", "x.npy", "y.npy", chunkSize: 1));
        var address = made.Headers.Location!.ToString();
        await UntilAsync(address, state => Chunks(state, "completed") > 2);

        (await service.SendAsync(HttpMethod.Delete, "/api/functions/slow")).Problem(409, "conflict");
        (await service.SendAsync(HttpMethod.Delete, address)).Problem(409, "conflict");
        var stopped = (await service.PostAsync($"{address}/cancel", "")).Good();
        Assert.Equal("cancelled", stopped.GetProperty("state").GetString());
        Assert.True(Chunks(stopped, "completed") < 400);
        (await service.PostAsync($"{address}/cancel", "")).Problem(409, "conflict");

        (await service.PostAsync($"{address}/resume", "{}")).Good(HttpStatusCode.Accepted);
        Assert.Equal("completed", (await WatchAsync(address))[^1].GetProperty("state").GetString());
        (await service.PostAsync($"{address}/resume", "{}")).Problem(409, "conflict");
    }

    [Fact]
    public async Task A_bad_chunk_is_listed_with_its_reason_and_a_mended_input_must_be_accepted()
    {
        await service.RegisterAsync(
            "picky",
            "def picky(x: Tensor) -> Tensor:\n    if bool((x > 1.5).any()):\n        raise ValueError('too large')\n    return x\n"
        );
        WriteNpy("x.npy", 3);
        var made = await service.PostAsync("/api/batches", Request("picky", "x.npy", "y.npy", chunkSize: 1));
        var address = made.Headers.Location!.ToString();
        var failed = (await WatchAsync(address))[^1];
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Equal("execution_failed", failed.GetProperty("error").GetProperty("code").GetString());
        var chunks = (await service.GetAsync($"{address}/chunks?state=discarded")).Good().GetProperty("chunks");
        Assert.Contains(
            "too large",
            Assert.Single(chunks.EnumerateArray()).GetProperty("error").GetProperty("detail").GetString()
        );
        (await service.GetAsync($"{address}/chunks?state=lost")).Problem(400, "malformed_request");

        WriteNpy("x.npy", 3, first: -5);
        var refused = (await service.PostAsync($"{address}/resume", "{}")).Problem(409, "conflict");
        Assert.Contains("x.npy", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await service.PostAsync($"{address}/resume", """{"acceptChangedInputs":true}""")).Good(
            HttpStatusCode.Accepted
        );
        Assert.Equal("completed", (await WatchAsync(address))[^1].GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("""{"folder":"."}""", 400, "malformed_request", "manifest")]
    [InlineData("""{"manifest":[]}""", 400, "malformed_request", "manifest")]
    [InlineData("""{"manifest":{},"folder":3}""", 400, "malformed_request", "folder")]
    [InlineData("""{"manifest":{},"files":3}""", 400, "malformed_request", "files")]
    [InlineData("""{"manifest":{"inputs":{},"output":{}}}""", 400, "malformed_request", "function")]
    [InlineData("""{"manifest":{"function":"double"},"folder":"gone"}""", 400, "malformed_request", null)]
    [InlineData("""GOOD,"folder":"/etc"}""", 403, "forbidden", "folder")]
    [InlineData("""GOOD,"folder":"../.."}""", 403, "forbidden", "folder")]
    public async Task A_bad_request_has_its_error_and_makes_nothing(string body, int status, string code, string? path)
    {
        WriteNpy("x.npy", 3);
        var good = Request("double", "x.npy", "y.npy", 1);
        var answer = await service.PostAsync(
            "/api/batches",
            body.Replace("GOOD", good[..^1], StringComparison.Ordinal)
        );
        var problem = answer.Problem(status, code);
        if (path is not null)
        {
            Assert.Equal(path, problem.GetProperty("path").GetString());
        }

        Assert.Empty((await service.GetAsync("/api/batches")).Good().GetProperty("batches").EnumerateArray());
    }

    [Fact]
    public async Task Without_roots_batches_are_off()
    {
        foreach (var path in (string[])["/api/batches", $"/api/batches/{Guid.NewGuid()}"])
        {
            (await fixture.Service.GetAsync(path)).Problem(403, "forbidden");
        }

        (await fixture.Service.PostAsync("/api/batches", """{"manifest":{}}""")).Problem(403, "forbidden");
    }

    [Fact]
    public async Task Instances_share_a_batch_and_one_that_is_killed_loses_nothing()
    {
        WriteNpy("x.npy", 600, 64);
        var schema = ServiceFixture.NewSchema();
        string[] settings = ["--Batches:Roots", root, "--Engine:Threads", "1"];
        using var first = await ServiceProcess.StartAsync(fixture.Data, schema, settings);
        using var second = await ServiceProcess.StartAsync(fixture.Data, schema, settings);
        await PostAsync(first.Client, "/api/functions", Json.Registration("slow", Slow));
        var whole = await PostAsync(
            first.Client,
            "/api/batches",
            Request("slow", "x.npy", "whole.npy", chunkSize: 600)
        );
        await UntilAsync(first.Client, whole, state => State(state) == "completed");

        var shared = await PostAsync(
            first.Client,
            "/api/batches",
            Request("slow", "x.npy", "shared.npy", chunkSize: 1)
        );
        await UntilAsync(second.Client, shared, state => Chunks(state, "completed") > 20);
        first.Kill();
        await UntilAsync(second.Client, shared, state => State(state) == "completed");

        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(root, "whole.npy")),
            await File.ReadAllBytesAsync(Path.Combine(root, "shared.npy"))
        );
    }

    /// <summary>Posts what must be taken; gives the address of what it made.</summary>
    internal static async Task<string> PostAsync(HttpClient client, string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(path, content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    private static string Request(string function, string input, string output, int chunkSize) =>
        new JsonObject
        {
            ["manifest"] = new JsonObject
            {
                ["function"] = function,
                ["args"] = new JsonArray(new JsonObject { ["$input"] = "x" }),
                ["inputs"] = new JsonObject { ["x"] = new JsonObject { ["array"] = input } },
                ["output"] = new JsonObject { ["array"] = output },
                ["chunkSize"] = chunkSize,
                ["retryDelayMs"] = 1,
            },
        }.ToJsonString();

    private static string Id(string address) => address[(address.LastIndexOf('/') + 1)..];

    private static int Chunks(JsonElement batch, string state) =>
        batch.GetProperty("chunks").GetProperty(state).GetInt32();

    private static string State(JsonElement batch) => batch.GetProperty("state").GetString()!;

    /// <summary>All states that the events tell, to the end of the stream.</summary>
    private async Task<List<JsonElement>> WatchAsync(string address)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var events = await service.Client.GetAsync(
            $"{address}/events",
            HttpCompletionOption.ResponseHeadersRead,
            limit.Token
        );
        Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync(limit.Token));
        var states = new List<JsonElement>();
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                states.Add(JsonDocument.Parse(line[6..]).RootElement);
            }
        }

        return states;
    }

    private Task UntilAsync(string address, Func<JsonElement, bool> holds) =>
        UntilAsync(service.Client, address, holds);

    private static async Task UntilAsync(HttpClient client, string address, Func<JsonElement, bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var state = JsonDocument.Parse(await client.GetStringAsync(address, limit.Token)).RootElement;
            if (holds(state))
            {
                return;
            }

            Assert.True(State(state) is "available" or "running", state.GetRawText());
            await Task.Delay(50, limit.Token);
        }
    }

    private void WriteNpy(string name, long rows, long columns = 1, float first = 0)
    {
        using var array = NDArray.Allocate(DType.Float32, rows, columns);
        var values = array.AsSpan<float>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = first + i;
        }

        using var stream = File.Create(Path.Combine(root, name));
        Npy.Write(stream, array);
    }

    private NDArray ReadNpy(string name)
    {
        using var stream = File.OpenRead(Path.Combine(root, name));
        return Npy.Read(stream, ReadLimits.Default);
    }
}
