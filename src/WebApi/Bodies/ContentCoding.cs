using System.IO.Compression;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>The Content-Encodings of requests: gzip, deflate (zlib's framing) and br.</summary>
internal static class ContentCoding
{
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
