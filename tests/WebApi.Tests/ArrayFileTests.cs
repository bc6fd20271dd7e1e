using System.IO.Compression;
using System.Net.Http.Headers;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>Arrays as files: the Content-Type says what comes, Accept what goes.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ArrayFileTests(ServiceFixture fixture)
{
    private const string Weighted =
        "def f(params: Dict[str, Tensor], x: Tensor, n: int = 1) -> Dict[str, Tensor]:\n    return {\"y\": x * params[\"w\"] * n, \"b\": params[\"b.c\"]}\n";

    private readonly RunningService service = fixture.Service;

    [Fact]
    public async Task Npy_goes_in_and_out()
    {
        await service.RegisterAsync("npy", Json.Double);
        using var array = NDArray.FromArray<float>([1, 2, 3, 4], 2, 2);
        var file = new MemoryStream();
        Npy.Write(file, array);
        var (answer, headers) = await SendAsync(
            "/api/functions/npy/invoke",
            file.ToArray(),
            "application/x-npy",
            "application/x-npy"
        );
        using var read = Npy.Read(answer, ReadLimits.Default);
        Assert.Equal([2f, 4f, 6f, 8f], read.AsSpan<float>().ToArray());
        Assert.Equal("npy@1", headers.GetValues("Torch2Jax-Function").Single());
        Assert.Equal("miss", headers.GetValues("Torch2Jax-Cache").Single());
    }

    [Fact]
    public async Task Raw_bytes_go_in_and_out()
    {
        await service.RegisterAsync("raw", Json.Double);
        var values = new float[100_000];
        Array.Fill(values, 1.5f);
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        var (answer, headers) = await SendAsync(
            "/api/functions/raw/invoke?dtype=float32&shape=100,1000",
            bytes,
            "application/octet-stream",
            "application/octet-stream"
        );
        Assert.Equal("float32", headers.GetValues("Torch2Jax-Dtype").Single());
        Assert.Equal("100,1000", headers.GetValues("Torch2Jax-Shape").Single());
        var back = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(answer).ToArray();
        Assert.Equal(values.Length, back.Length);
        Assert.All(back, value => Assert.Equal(3f, value));
    }

    [Theory]
    [InlineData("application/x-npz")]
    [InlineData("application/x-safetensors")]
    public async Task Named_arrays_are_arguments_and_leaves_by_key_path(string type)
    {
        await service.RegisterAsync("weighted", Weighted);
        using var w = NDArray.FromArray<float>([2]);
        using var b = NDArray.FromArray<float>([7]);
        using var x = NDArray.FromArray<float>([5]);
        KeyValuePair<string, NDArray>[] given = [new("params.w", w), new("params.b.c", b), new("x", x)];
        var file = new MemoryStream();
        if (type.EndsWith("npz", StringComparison.Ordinal))
        {
            Npz.Write(file, given);
        }
        else
        {
            Safetensors.Write(file, given);
        }

        var (answer, _) = await SendAsync(
            "/api/functions/weighted/invoke?parameters={\"n\":3}",
            file.ToArray(),
            type,
            type
        );
        var read = type.EndsWith("npz", StringComparison.Ordinal)
            ? Npz.Read(answer, ReadLimits.Default)
            : Safetensors.Read(answer, ReadLimits.Default);
        Assert.Equal(30f, read["y"].AsSpan<float>()[0]);
        Assert.Equal(7f, read["b"].AsSpan<float>()[0]);
        Assert.All(read.Values, array => array.Dispose());
    }

    [Fact]
    public async Task A_transform_stands_in_the_query_and_JSON_is_the_default_answer()
    {
        await service.RegisterAsync("cube", "def f(x: Tensor) -> Tensor:\n    return (x * x * x).sum()\n");
        using var array = NDArray.FromArray<float>([2]);
        var file = new MemoryStream();
        Npy.Write(file, array);
        var transforms = Uri.EscapeDataString("[{\"grad\":{}}]");
        using var request = Request(
            $"/api/functions/cube/invoke?transforms={transforms}",
            file.ToArray(),
            "application/x-npy",
            null
        );
        var answer = (await service.SendAsync(request)).Good();
        Assert.Equal([12f], Json.Data(answer.GetProperty("outputs")));
    }

    [Theory]
    [InlineData("application/x-npy", "", "nothing", 400)]
    [InlineData("application/x-npz", "", "nothing", 400)]
    [InlineData("application/x-safetensors", "", "nothing", 400)]
    [InlineData("application/octet-stream", "", "1234", 400)]
    [InlineData("application/octet-stream", "?dtype=float32&shape=2", "1234", 400)]
    [InlineData("application/octet-stream", "?dtype=float32&shape=1&colour=1", "1234", 400)]
    [InlineData("application/octet-stream", "?dtype=float32&shape=1&transforms=x", "1234", 400)]
    [InlineData("application/octet-stream", "?dtype=float32&shape=1099511627776", "1234", 413)]
    public async Task What_is_wrong_about_a_file_is_told(string type, string query, string body, int status)
    {
        await service.RegisterAsync("files", Json.Double);
        using var request = Request(
            $"/api/functions/files/invoke{query}",
            System.Text.Encoding.UTF8.GetBytes(body),
            type,
            null
        );
        (await service.SendAsync(request)).Problem(status, status == 413 ? "payload_too_large" : "malformed_request");
    }

    [Fact]
    public async Task Long_JSON_answers_are_compressed_for_those_who_ask()
    {
        await service.RegisterAsync("zeros", "def f(n: int) -> Tensor:\n    return torch.zeros(n)\n");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/functions/zeros/invoke");
        request.Content = new StringContent("""{"args":[100000]}""", MediaTypeHeaderValue.Parse("application/json"));
        request.Headers.Add("Accept-Encoding", "gzip");
        using var response = await service.Client.SendAsync(request);
        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        await using var unpacked = new GZipStream(
            await response.Content.ReadAsStreamAsync(),
            CompressionMode.Decompress
        );
        using var reader = new StreamReader(unpacked);
        var outputs = System
            .Text.Json.JsonDocument.Parse(await reader.ReadToEndAsync())
            .RootElement.GetProperty("outputs");
        Assert.Equal(100_000, outputs.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Metrics_count_what_happened()
    {
        await service.RegisterAsync("measured", Json.Double);
        (await service.PostAsync("/api/functions/measured/invoke", Json.Call(Json.Floats(1)))).Good();
        (await service.PostAsync("/api/functions/measured/invoke", Json.Call())).Problem(422, "structure_mismatch");
        var metrics = await service.GetAsync("/metrics");
        Assert.Equal("text/plain", metrics.MediaType);
        Assert.Contains(
            "torch2jax_call_duration_seconds_count{function=\"measured@1\"} 1\n",
            metrics.Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "torch2jax_calls_failed_total{function=\"measured@1\"} 1\n",
            metrics.Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "torch2jax_shape_cache_total{function=\"measured@1\",outcome=\"miss\"} 1\n",
            metrics.Text,
            StringComparison.Ordinal
        );
        Assert.Contains("torch2jax_database_available 1\n", metrics.Text, StringComparison.Ordinal);
        Assert.Matches(
            @"torch2jax_http_requests_total\{method=""POST"",route=""[^""]+"",status=""422""\} \d+\n",
            metrics.Text
        );
    }

    private async Task<(byte[] Body, HttpResponseHeaders Headers)> SendAsync(
        string path,
        byte[] body,
        string type,
        string accept
    )
    {
        using var request = Request(path, body, type, accept);
        using var response = await service.Client.SendAsync(request);
        var answer = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, System.Text.Encoding.UTF8.GetString(answer));
        Assert.Equal(accept, response.Content.Headers.ContentType!.MediaType);
        return (answer, response.Headers);
    }

    private static HttpRequestMessage Request(string path, byte[] body, string type, string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        return request;
    }
}
