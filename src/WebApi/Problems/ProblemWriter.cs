using System.Buffers;
using System.Text.Json;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Telemetry;

namespace Torch2Jax.WebApi.Problems;

/// <summary>Writes an error: RFC 9457 problem details, under /v2 the protocol's <c>{"error": ...}</c>.</summary>
internal static class ProblemWriter
{
    public const string MediaType = "application/problem+json";

    /// <summary>Where the codes are explained; the service itself serves the page.</summary>
    public const string TypePrefix = "/docs/errors.md#";

    /// <summary>Writes an error as the whole answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="form">Status, code and title.</param>
    /// <param name="detail">What came, what was expected, what to do.</param>
    /// <param name="path">The place in the request.</param>
    /// <param name="more">Writes further members.</param>
    public static async Task WriteAsync(
        HttpContext context,
        ErrorForm form,
        string detail,
        string? path,
        Action<Utf8JsonWriter>? more = null
    )
    {
        Tracing.Traced?.SetTag("error.type", form.Code);
        var buffer = new ArrayBufferWriter<byte>(512);
        var inference = context.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal);
        using (var json = new Utf8JsonWriter(buffer, JsonAnswer.Options))
        {
            json.WriteStartObject();
            if (inference)
            {
                json.WriteString("error", path is null ? detail : $"{path}: {detail}");
            }
            else
            {
                json.WriteString("type", TypePrefix + form.Code);
                json.WriteString("title", form.Title);
                json.WriteNumber("status", form.Status);
                json.WriteString("detail", detail);
                json.WriteString("code", form.Code);
                json.WriteString("traceId", TraceIds.Of(context));
                if (path is not null)
                {
                    json.WriteString("path", path);
                }

                more?.Invoke(json);
            }

            json.WriteEndObject();
        }

        var response = context.Response;
        response.StatusCode = form.Status;
        response.ContentType = inference ? "application/json" : MediaType;
        response.ContentLength = buffer.WrittenCount;
        if (form.Status is 429 or 503 && response.Headers.RetryAfter.Count == 0)
        {
            response.Headers.RetryAfter = "1";
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            // A client that stopped sending (and so looks gone) may still read.
            await response.Body.WriteAsync(buffer.WrittenMemory, CancellationToken.None);
        }
    }
}
