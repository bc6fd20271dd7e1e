using System.Net;
using Microsoft.Net.Http.Headers;

namespace Torch2Jax.WebApi.Security;

/// <summary>
/// How a browser, which cannot send a header with a page's address, gives its key: a page it may not see answers 401 with a
/// form instead of a problem, and POST /session puts the key into a cookie that scripts cannot read and that other sites'
/// requests do not carry. The cookie only lets pages and data be read (<see cref="PresentedKey"/>).
/// </summary>
internal static class SignIn
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly string Page = Read();

    /// <summary>Whether a person looks at the answer.</summary>
    public static bool Fits(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && (request.Path == "/" || request.Path.StartsWithSegments(AccessTable.Documentation))
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers with the form.</summary>
    public static Task AskAsync(HttpContext context, int status, string reason)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;
        // With no-referrer a browser would send the form with 'Origin: null', which the guard refuses.
        response.Headers["Referrer-Policy"] = "same-origin";
        var to = context.Request.Path.StartsWithSegments(AccessTable.Documentation) ? AccessTable.Documentation : "/";
        var page = Page.Replace("{reason}", WebUtility.HtmlEncode(reason), StringComparison.Ordinal)
            .Replace("{to}", to, StringComparison.Ordinal);
        return response.WriteAsync(page, context.RequestAborted);
    }

    /// <summary>The cookie that holds a key; an empty one takes it away.</summary>
    public static void SetCookie(HttpContext context, string key) =>
        context.Response.Headers.Append(
            HeaderNames.SetCookie,
            new SetCookieHeaderValue(PresentedKey.Cookie, key)
            {
                HttpOnly = true,
                SameSite = Microsoft.Net.Http.Headers.SameSiteMode.Strict,
                Path = "/",
                // Behind a proxy that speaks TLS the connection here is plain.
                Secure = context.Request.IsHttps || context.Request.Headers["X-Forwarded-Proto"] == "https",
                MaxAge = key.Length == 0 ? TimeSpan.Zero : null,
            }.ToString()
        );

    private static string Read()
    {
        using var stream =
            typeof(SignIn).Assembly.GetManifestResourceStream("sign-in.html")
            ?? throw new InvalidOperationException("sign-in.html is not in the assembly.");
        using var reader = new StreamReader(stream, System.Text.Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
