namespace Torch2Jax.WebApi.Security;

/// <summary>Headers that tell browsers to guess nothing, frame nothing, and load only what this service serves.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string ApiPolicy = "default-src 'none'; frame-ancestors 'none'";

    // The page brings files of its own and nothing inline.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // Swagger UI brings inline scripts and styles and data: images.
    private const string SwaggerPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = PolicyOf(context.Request.Path);
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return next(context);
    }

    private static string PolicyOf(PathString path) =>
        path.Value is "/" || path.StartsWithSegments("/page", StringComparison.Ordinal) ? PagePolicy
        : path.StartsWithSegments("/swagger", StringComparison.Ordinal) ? SwaggerPolicy
        : ApiPolicy;
}
