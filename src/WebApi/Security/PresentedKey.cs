namespace Torch2Jax.WebApi.Security;

/// <summary>The key that a request brings, wherever it has it.</summary>
internal static class PresentedKey
{
    public const string Header = "X-Api-Key";

    /// <summary>What a browser holds after signing in.</summary>
    public const string Cookie = "torch2jax_key";

    private const string Scheme = "Bearer ";

    /// <summary>Whether the request has its key in a header: only then it may change anything.</summary>
    public static bool IsHeader(HttpRequest request) =>
        request.Headers.ContainsKey(Header) || request.Headers.Authorization.Count > 0;

    /// <summary>
    /// X-Api-Key, else the bearer token (a proxy may want Authorization for itself), else, where the request only reads, the
    /// cookie: nothing that changes anything is done on a cookie, which a browser sends by itself.
    /// </summary>
    /// <returns>False where the request has none at all.</returns>
    public static bool TryGet(HttpRequest request, out ReadOnlySpan<char> key)
    {
        var headers = request.Headers;
        if (headers.TryGetValue(Header, out var values))
        {
            key = values is [{ } value] ? value.AsSpan().Trim() : default;
            return true;
        }

        if (headers.Authorization is [{ } authorization])
        {
            var bearer = authorization.AsSpan().TrimStart();
            key = bearer.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                ? bearer[Scheme.Length..].Trim()
                : default;
            return true;
        }

        if (headers.Authorization.Count > 0)
        {
            key = default;
            return true;
        }

        if (
            headers.Cookie.Count > 0
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && request.Cookies.TryGetValue(Cookie, out var cookie)
        )
        {
            key = cookie;
            return true;
        }

        key = default;
        return false;
    }
}
