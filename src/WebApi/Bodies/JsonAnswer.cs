using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>Writes JSON answers with pooled writers straight towards the connection: no object graph, no string between.</summary>
internal sealed class JsonAnswer : IDisposable
{
    // Answers are never embedded in HTML, and their type is sent with nosniff: "->" may stay "->".
    internal static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    // Most clients ask for compression whatever they get; for a short answer it would cost more than it saves.
    private const int WorthCompressing = 32 * 1024;

    private static readonly DefaultObjectPool<JsonAnswer> Pool = new(new Policy());

    private readonly AnswerBuffer buffer = new();
    private readonly Utf8JsonWriter json;

    private JsonAnswer() => json = new Utf8JsonWriter(buffer, Options);

    /// <summary>Writes one answer.</summary>
    public static async Task WriteAsync<T>(HttpContext context, int status, T state, Action<Utf8JsonWriter, T> write)
    {
        var answer = Pool.Get();
        try
        {
            write(answer.json, state);
            answer.json.Flush();
            var response = context.Response;
            response.StatusCode = status;
            response.ContentType = MediaTypes.Json;
            if (answer.buffer.Length >= WorthCompressing && ContentCoding.Accepted(context.Request) is { } coding)
            {
                response.Headers.ContentEncoding = coding;
                response.Headers.Vary = "Accept-Encoding";
                await using var packed = ContentCoding.Encode(response.Body, coding);
                await answer.buffer.SendAsync(packed, context.RequestAborted);
                return;
            }

            response.ContentLength = answer.buffer.Length;
            await answer.buffer.SendAsync(response.BodyWriter, context.RequestAborted);
        }
        finally
        {
            answer.buffer.Reset();
            answer.json.Reset(answer.buffer);
            Pool.Return(answer);
        }
    }

    public void Dispose()
    {
        json.Dispose();
        buffer.Dispose();
    }

    private sealed class Policy : IPooledObjectPolicy<JsonAnswer>
    {
        public JsonAnswer Create() => new();

        public bool Return(JsonAnswer obj) => true;
    }
}
