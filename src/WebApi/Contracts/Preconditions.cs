using Microsoft.Net.Http.Headers;
using Torch2Jax.Stored;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>
/// The conditional headers of RFC 9110 over the hash of stored content. Entity tags are weak, since the same content has
/// several forms; what is compared is the hash, so If-Match takes them too.
/// </summary>
internal static class Preconditions
{
    /// <summary>The tag of content.</summary>
    public static string Tag(string sha256) => $"W/\"{sha256}\"";

    /// <summary>Whether the caller has this content already.</summary>
    public static bool IsKnown(HttpRequest request, string sha256) =>
        Tags(request.GetTypedHeaders().IfNoneMatch).Any(known => known == "*" || known == sha256);

    /// <summary>What a change takes for granted.</summary>
    public static ArrayCondition Of(HttpRequest request)
    {
        var headers = request.GetTypedHeaders();
        string[] match = [.. Tags(headers.IfMatch)];
        string[] noneMatch = [.. Tags(headers.IfNoneMatch)];
        if (match.Length > 1 || (match.Length == 0 && request.Headers.IfMatch.Count > 0))
        {
            throw JsonFields.Malformed("If-Match takes one entity tag of a GET, or *.", null);
        }

        if (request.Headers.IfNoneMatch.Count > 0 && noneMatch is not ["*"])
        {
            throw JsonFields.Malformed(
                "Of a change If-None-Match takes * alone: the name must not be there yet.",
                null
            );
        }

        return new ArrayCondition(match.Length == 1 ? match[0] : null, noneMatch.Length > 0);
    }

    private static IEnumerable<string> Tags(IEnumerable<EntityTagHeaderValue> values) =>
        values.Select(value => value.Tag.ToString().Trim('"'));
}
