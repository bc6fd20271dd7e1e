using System.IO.Compression;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>Content-Encodings: gzip, deflate (zlib's framing) and br of requests, gzip and br of answers.</summary>
internal static class ContentCoding
{
    /// <summary>The coding that the caller accepts; null for none. Named ones only: a <c>*</c> asks for nothing.</summary>
    public static string? Accepted(HttpRequest request)
    {
        if (request.Headers.AcceptEncoding.Count == 0)
        {
            return null;
        }

        var given = request
            .GetTypedHeaders()
            .AcceptEncoding.Where(coding => coding.Quality is null or > 0)
            .Select(coding => coding.Value.ToString());
        return given
            .Intersect(["br", "gzip"], StringComparer.OrdinalIgnoreCase)
            .OrderBy(coding => coding, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    public static Stream Encode(Stream body, string coding) =>
        coding == "br"
            ? new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true)
            : new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true);

    /// <summary>Whether a read of <see cref="Decode"/> failed on what came (brotli's decoder has its own exception).</summary>
    public static bool IsDamage(Exception error) => error is InvalidDataException or InvalidOperationException;

    public static Stream Decode(HttpRequest request)
    {
        var names = request.Headers.ContentEncoding.ToString();
        return names.Trim().ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "identity" or "" => request.Body,
            _ => throw new EngineException(
                ErrorCode.UnsupportedMediaType,
                "The Content-Encoding is not understood; gzip, deflate, br and identity are."
            ),
        };
    }
}
