using Microsoft.Net.Http.Headers;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>What a Content-Type says; one that is missing is taken for what the resource reads.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";

    /// <summary>Accepts JSON, or no Content-Type at all.</summary>
    /// <exception cref="EngineException">UnsupportedMediaType.</exception>
    public static void RequireJson(HttpRequest request)
    {
        if (request.ContentType is not { Length: > 0 } type || type == Json)
        {
            return;
        }

        if (!MediaTypeHeaderValue.TryParse(type, out var parsed) || !IsJson(parsed) || !IsUtf8(parsed))
        {
            throw new EngineException(
                ErrorCode.UnsupportedMediaType,
                $"The Content-Type is not understood here; send {Json} in UTF-8."
            );
        }
    }

    /// <summary>Whether the type says that the body is bytes of no further meaning.</summary>
    public static bool IsOctets(string type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
        && parsed.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
        || type.MediaType.Equals("text/json", StringComparison.OrdinalIgnoreCase)
        || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase);

    private static bool IsUtf8(MediaTypeHeaderValue type) =>
        !type.Charset.HasValue || type.Charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
