using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>Bodies of requests, whole in memory, so that their length is known before they are sent.</summary>
internal static class RequestBody
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = TreeJson.ReaderOptions.MaxDepth,
    };

    /// <exception cref="EngineException">MalformedRequest: a text is not Unicode.</exception>
    public static HttpContent Json(Action<Utf8JsonWriter> write, long estimate = 0)
    {
        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(estimate, 256, Array.MaxLength));
        try
        {
            using var json = new Utf8JsonWriter(buffer, Options);
            write(json);
        }
        catch (ArgumentException error)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A text in the request holds half of a surrogate pair; texts are Unicode.",
                null,
                error
            );
        }

        return Typed(new ReadOnlyMemoryContent(buffer.WrittenMemory), "application/json");
    }

    public static HttpContent Bytes(ReadOnlyMemory<byte> bytes) =>
        Typed(new ReadOnlyMemoryContent(bytes), "application/octet-stream");

    private static HttpContent Typed(HttpContent content, string mediaType)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return content;
    }
}
