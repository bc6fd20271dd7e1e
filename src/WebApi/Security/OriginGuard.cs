using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Security;

/// <summary>
/// Keeps web pages of other origins away: a service on loopback is reachable by every page its user opens. The Host
/// must be one of ours (against DNS rebinding), and a browser's request must not come from another origin.
/// </summary>
internal sealed class OriginGuard(RequestDelegate next, AllowedHosts hosts, AllowedOrigins origins)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!hosts.Allows(request.Host))
        {
            throw Refused(
                "The Host header names a host that this service does not answer for; use localhost or 127.0.0.1, or "
                    + "let the operator add the name to Security:AllowedHosts."
            );
        }

        var headers = request.Headers;
        if (origins.Any && headers.Origin is [{ } known] && origins.Allows(known))
        {
            return next(context);
        }

        if (headers["Sec-Fetch-Site"] is [var site] && site == "cross-site")
        {
            throw Refused("The request comes from a web page of another site.");
        }

        if (headers.Origin is [{ } origin] && !IsOwn(origin, request))
        {
            throw Refused("The Origin header names another origin than this service.");
        }

        return next(context);
    }

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from)
        && Uri.TryCreate($"{from.Scheme}://{request.Host}", UriKind.Absolute, out var own)
        && string.Equals(from.Authority, own.Authority, StringComparison.OrdinalIgnoreCase)
        && from.Scheme is "http" or "https";

    private static EngineException Refused(string text) => new(ErrorCode.Forbidden, text);
}
