using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Encoding;
using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.Device;

/// <summary>A whole service on a machine with devices: over HTTP, with its database.</summary>
[Collection(ServiceCollection.Name)]
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime.")]
public sealed class ServiceTests : IAsyncLifetime
{
    // Short, since the socket's path in it is limited, and open to pass through, since as root the server runs as another user.
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("t2j-");
    private WebApplicationFactory<Program>? factory;
    private HttpClient? client;

    public async Task InitializeAsync()
    {
        File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_001_001);
        data.CreateSubdirectory("batches");
        factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseSetting("TORCH2JAX_DATA", data.FullName);
            host.UseSetting("Batches:Roots", Path.Combine(data.FullName, "batches"));
        });
        factory.UseKestrel();
        factory.StartServer();
        client = factory.CreateClient();
        while (!(await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
        {
            await Task.Delay(100);
        }
    }

    public async Task DisposeAsync()
    {
        client?.Dispose();
        if (factory is not null)
        {
            await factory.DisposeAsync();
        }

        await EmbeddedPostgres.StopAsync(data.FullName, default);
        data.Delete(recursive: true);
    }

    [Fact]
    public async Task Devices_and_calls_on_them_are_there_over_http()
    {
        var devices = (await GetAsync("/api/devices")).GetProperty("devices");
        Assert.Equal(
            ["cpu", "cuda:0", "cuda:1"],
            devices.EnumerateArray().Select(device => device.GetProperty("name").GetString())
        );
        var gpu = devices[1];
        Assert.Equal(FakeCuda.Get("device_bytes"), gpu.GetProperty("totalBytes").GetInt64());
        Assert.InRange(gpu.GetProperty("limitBytes").GetInt64(), 1, gpu.GetProperty("totalBytes").GetInt64());
        Assert.Equal(0, gpu.GetProperty("inFlight").GetInt32());

        await RegisterAsync("square", "def f(x):\n    return x * x\n");
        var kernels = FakeCuda.Get("kernels");
        var answer = await PostAsync("/api/functions/square/invoke", Call("cuda:1", 3));
        Assert.Equal(9, answer.GetProperty("outputs").GetProperty("data")[0].GetDouble());
        Assert.True(FakeCuda.Get("kernels") > kernels);

        var (status, problem) = await SendAsync("/api/functions/square/invoke", Call("cuda:9", 3));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("invalid_device", problem.GetProperty("code").GetString());

        var entries = (await GetAsync("/api/functions/square/shape-cache")).GetProperty("entries");
        Assert.Equal("cuda", entries[0].GetProperty("device").GetString());
    }

    [Fact]
    public async Task An_isolated_function_runs_on_the_processor_alone()
    {
        var (status, _) = await SendAsync(
            "/api/functions",
            new
            {
                name = "apart",
                source = "def f(x):\n    return x * x\n",
                isolation = "process",
            }
        );
        Assert.Equal(HttpStatusCode.Created, status);
        var (refused, problem) = await SendAsync("/api/functions/apart/invoke", Call("cuda:0", 3));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused);
        Assert.Equal("invalid_device", problem.GetProperty("code").GetString());
        Assert.Contains("There are: cpu (", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var answer = await PostAsync("/api/functions/apart/invoke", Call("cpu", 3));
        Assert.Equal(9, answer.GetProperty("outputs").GetProperty("data")[0].GetDouble());
    }

    [Fact]
    public async Task A_stored_array_travels_to_the_device_once()
    {
        await RegisterAsync("offset", "def f(p, x):\n    return p.sum() + x\n");
        using var parameters = Calls.Counting(1 << 18);
        using var body = new ByteArrayContent(Npy(parameters));
        body.Headers.ContentType = new("application/x-npy");
        using var put = await client!.PutAsync(new Uri("/api/arrays/parameters", UriKind.Relative), body);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());

        var call = JsonSerializer.Deserialize<JsonElement>(
            """{"args":[{"$ref":"parameters"},{"dtype":"float32","shape":[1],"data":[1]}],"device":"cuda:0"}"""
        );
        var before = FakeCuda.Get("bytes_in");
        var first = await PostAsync("/api/functions/offset/invoke", call);
        var second = await PostAsync("/api/functions/offset/invoke", call);
        Assert.Equal(
            first.GetProperty("outputs").GetProperty("data")[0].GetDouble(),
            second.GetProperty("outputs").GetProperty("data")[0].GetDouble()
        );
        Assert.InRange(FakeCuda.Get("bytes_in") - before, 1 << 20, (1 << 20) + 1024);
    }

    [Fact]
    public async Task A_batch_keeps_the_device_busy_copies_in_kernels_and_copies_out_overlap()
    {
        await RegisterAsync("steps", "def f(x):\n    return (x * 2 + 1) * x - x\n");
        var folder = data.CreateSubdirectory("batches/steps/in");
        for (var i = 0; i < 24; i++)
        {
            using var array = NDArray.Allocate(DType.Float32, 1 << 16);
            array.AsSpan<float>().Fill(i);
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, $"{i:d2}.npy"), Npy(array));
        }

        using var slowCopies = FakeCuda.With("copy_ns_per_kib", 40_000); // 10 ms each way
        using var slowKernels = FakeCuda.With("kernel_us", 3_000);
        var (overlaps, waits) = (FakeCuda.Get("overlaps"), FakeCuda.Get("device_waits"));
        var batch = await PostAsync(
            "/api/batches",
            new
            {
                folder = "steps",
                manifest = new
                {
                    name = "steps",
                    function = "steps",
                    device = "cuda:0",
                    args = new object[] { new Dictionary<string, string> { ["$input"] = "x" } },
                    inputs = new { x = new { files = "in/*.npy" } },
                    output = new { files = "out/{stem}.npy" },
                },
            }
        );
        Assert.Equal("completed", await EndOfAsync(batch));
        var bytes = await File.ReadAllBytesAsync(Path.Combine(data.FullName, "batches/steps/out/07.npy"));
        using var result = Encoding.Npy.Read(bytes, ReadLimits.Default);
        Assert.All(result.AsSpan<float>().ToArray(), value => Assert.Equal((7f * 2 + 1) * 7 - 7, value));
        // Most chunks found another one at work on another engine.
        Assert.InRange(FakeCuda.Get("overlaps") - overlaps, 24, int.MaxValue);
        Assert.Equal(waits, FakeCuda.Get("device_waits"));
    }

    [Fact]
    public async Task A_file_that_all_calls_of_a_batch_share_travels_to_the_device_once()
    {
        await RegisterAsync("shift", "def f(p, x):\n    return p[:1] + x\n");
        var folder = data.CreateSubdirectory("batches/shared/in");
        using var parameters = Calls.Counting(1 << 18); // 1 MiB
        await File.WriteAllBytesAsync(Path.Combine(folder.Parent!.FullName, "p.npy"), Npy(parameters));
        for (var i = 0; i < 8; i++)
        {
            using var x = Calls.Floats(i);
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, $"{i}.npy"), Npy(x));
        }

        var before = FakeCuda.Get("bytes_in");
        var batch = await PostAsync(
            "/api/batches",
            JsonSerializer.Deserialize<JsonElement>(
                """
                {"folder":"shared","manifest":{"name":"shared","function":"shift","device":"cuda:0",
                "args":[{"$file":"p.npy"},{"$input":"x"}],"inputs":{"x":{"files":"in/*.npy"}},"output":{"files":"out/{stem}.npy"}}}
                """
            )
        );
        Assert.Equal("completed", await EndOfAsync(batch));
        Assert.InRange(FakeCuda.Get("bytes_in") - before, 1 << 20, (1 << 20) + 4096);
    }

    private static byte[] Npy(NDArray array)
    {
        using var stream = new MemoryStream();
        Encoding.Npy.Write(stream, array);
        return stream.ToArray();
    }

    private static object Call(string device, double x) =>
        new
        {
            args = new[]
            {
                new
                {
                    dtype = "float32",
                    shape = new[] { 1 },
                    data = new[] { x },
                },
            },
            device,
        };

    private async Task<string> EndOfAsync(JsonElement batch)
    {
        var id = batch.GetProperty("id").GetString();
        while (true)
        {
            await Task.Delay(50);
            if (
                (await GetAsync($"/api/batches/{id}")).GetProperty("state").GetString()
                is var state
                    and not ("available" or "running")
            )
            {
                return state!;
            }
        }
    }

    private async Task RegisterAsync(string name, string source)
    {
        var (status, body) = await SendAsync("/api/functions", new { name, source });
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        var (status, answer) = await SendAsync(path, body);
        Assert.True((int)status < 300, $"{status}: {answer}");
        return answer;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(string path, object body)
    {
        using var answer = await client!.PostAsJsonAsync(path, body);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<JsonElement> GetAsync(string path) => await client!.GetFromJsonAsync<JsonElement>(path);
}
