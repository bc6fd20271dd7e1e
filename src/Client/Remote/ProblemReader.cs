using System.Net.Http.Headers;
using System.Text.Json;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>Problem details (RFC 9457) as the exception that the engine threw over there.</summary>
internal static class ProblemReader
{
    public static Exception Read(HttpResponseMessage response, byte[] bytes, Uri address)
    {
        var status = (int)response.StatusCode;
        var (code, detail, path, traceId) = Fields(bytes);
        var known = code is null ? OfStatus(status) : OfText(code);
        return known is { } found
            ? new ServiceException(
                found,
                detail ?? Plain(status, address),
                path,
                status,
                RetryAfter(response.Headers.RetryAfter),
                traceId
            )
            : ConnectionFailure.Unexpected(address, status);
    }

    private static ErrorCode? OfText(string code) =>
        ErrorCodes.TryParse(code, out var known) ? known
        : code == "request_timeout" ? ErrorCode.DeadlineExceeded
        : null;

    // Proxies in front of the service answer without its words.
    private static ErrorCode? OfStatus(int status) =>
        status switch
        {
            401 => ErrorCode.Unauthenticated,
            403 => ErrorCode.Forbidden,
            408 or 504 => ErrorCode.DeadlineExceeded,
            413 => ErrorCode.PayloadTooLarge,
            429 => ErrorCode.Overloaded,
            502 or 503 => ErrorCode.NotReady,
            _ => null,
        };

    private static string Plain(int status, Uri address) =>
        status switch
        {
            401 => $"{address} wants a valid API key.",
            403 => $"{address} does not allow this with the key given.",
            413 => $"The request is larger than {address} takes.",
            429 => $"{address} is asked too much at once; try again later.",
            504 or 408 => $"{address} did not answer in time.",
            _ => $"{address} is not ready; try again later.",
        };

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var after = header?.Delta ?? header?.Date - DateTimeOffset.UtcNow;
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }

    private static (string? Code, string? Detail, string? Path, string? TraceId) Fields(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? (Text(root, "code"), Text(root, "detail"), Text(root, "path"), Text(root, "traceId"))
                : default;
        }
        catch (JsonException)
        {
            // No problem details: a proxy's page, or nothing. The status has to say it all.
            return default;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
