using System.Net.Http.Headers;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Arrays;

/// <summary>Stored arrays in short.</summary>
internal static class Stored
{
    public const string Json = "application/json";
    public const string Npy = "application/x-npy";
    public const string Npz = "application/x-npz";
    public const string Safetensors = "application/x-safetensors";
    public const string Raw = "application/octet-stream";

    public static Task<Answer> PutJsonAsync(this RunningService service, string name, string tree) =>
        service.SendAsync(HttpMethod.Put, $"/api/arrays/{name}", tree);

    public static async Task<Answer> PutAsync(
        this RunningService service,
        string name,
        byte[] body,
        string type,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/arrays/{name}");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        foreach (var (header, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        return await service.SendAsync(request);
    }

    public static async Task<HttpResponseMessage> GetAsync(
        this RunningService service,
        string name,
        string accept,
        string? known = null,
        HttpMethod? method = null
    )
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, $"/api/arrays/{name}");
        request.Headers.Accept.ParseAdd(accept);
        if (known is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        }

        return await service.Client.SendAsync(request);
    }

    public static async Task<byte[]> BytesAsync(this RunningService service, string name, string accept)
    {
        using var response = await service.GetAsync(name, accept);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadAsByteArrayAsync();
    }

    public static byte[] File(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    public static byte[] Sample(string name) =>
        System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "samples", name));

    /// <summary>The sample's digits: pixels and labels.</summary>
    public static (string Pixels, long[] Labels) Digits()
    {
        var rows = Encoding.Npz.Read(Sample("digits_test.npz"), ReadLimits.Default);
        using var x = rows["x"];
        using var y = rows["y"];
        var pixels =
            $$"""{"dtype":"{{x.Dtype.Name()}}","shape":[{{x.Shape[0]}},{{x.Shape[1]}}],"base64":"{{Convert.ToBase64String(x.Bytes)}}"}""";
        return (pixels, y.AsSpan<long>().ToArray());
    }

    /// <summary>How many rows of logits have their largest at the label.</summary>
    public static int Right(System.Text.Json.JsonElement logits, long[] labels) =>
        logits
            .GetProperty("data")
            .EnumerateArray()
            .Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray())
            .Zip(labels)
            .Count(row => Array.IndexOf(row.First, row.First.Max()) == row.Second);
}
