using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>What went wrong, in words for the person at the terminal.</summary>
internal sealed class SampleException(string message) : Exception(message);

/// <summary>Talks to the service as any HTTP client does.</summary>
internal sealed class ServiceClient(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address };

    public async Task<JsonElement> PostAsync(string path, ReadOnlyMemory<byte> body)
    {
        using var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
            var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
            return answer.IsSuccessStatusCode
                ? json.RootElement
                : throw new SampleException(
                    $"{path} answered {(int)answer.StatusCode}: {json.RootElement.GetProperty("detail")}"
                );
        }
        catch (HttpRequestException error)
        {
            throw new SampleException($"no answer from {address}: {error.Message}");
        }
    }

    /// <summary>Opens the connection, so that it does not count as part of the first call.</summary>
    public async Task WarmUpAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative));
        }
    }

    public static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    public void Dispose() => http.Dispose();
}
