using Microsoft.Net.Http.Headers;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>The forms in which arrays come and go.</summary>
internal enum ArrayFormat
{
    Json,
    Npy,
    Npz,
    Safetensors,
    Raw,
}

/// <summary>Their media types.</summary>
internal static class ArrayFormats
{
    private static readonly Dictionary<string, ArrayFormat> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application/x-npy"] = ArrayFormat.Npy,
        ["application/x-npz"] = ArrayFormat.Npz,
        ["application/x-safetensors"] = ArrayFormat.Safetensors,
        ["application/vnd.safetensors"] = ArrayFormat.Safetensors,
        ["application/octet-stream"] = ArrayFormat.Raw,
    };

    public static string MediaType(this ArrayFormat format) =>
        format == ArrayFormat.Json ? MediaTypes.Json : Known.First(entry => entry.Value == format).Key;

    /// <summary>The form of a body; JSON for everything that is none of the others (and then checked as JSON).</summary>
    public static ArrayFormat OfContentType(string? type) =>
        type is null || type == MediaTypes.Json ? ArrayFormat.Json
        : MediaTypeHeaderValue.TryParse(type, out var parsed) ? Known.GetValueOrDefault(parsed.MediaType.ToString())
        : ArrayFormat.Json;

    /// <summary>The form that a caller would like best of those there are; JSON where it does not say.</summary>
    public static ArrayFormat Accepted(HttpRequest request)
    {
        if (request.Headers.Accept.Count == 0 || request.Headers.Accept is ["*/*"])
        {
            return ArrayFormat.Json;
        }

        foreach (var type in request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1))
        {
            if (Known.TryGetValue(type.MediaType.ToString(), out var format))
            {
                return format;
            }

            if (type.MatchesMediaType(MediaTypes.Json))
            {
                return ArrayFormat.Json;
            }
        }

        return ArrayFormat.Json;
    }
}
