using System.Collections.Frozen;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Security;

/// <summary>Origins of web pages that may call this service from browsers; none by default.</summary>
internal sealed class AllowedOrigins
{
    // What a page's script may read of an answer beyond the few headers that it always may.
    private static readonly string[] Exposed =
    [
        "Location",
        "Retry-After",
        "WWW-Authenticate",
        "Inference-Header-Content-Length",
    ];

    private readonly FrozenSet<string> origins;

    /// <exception cref="StartException">One of them is no origin.</exception>
    public AllowedOrigins(string setting)
    {
        origins = setting
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Check)
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    public bool Any => origins.Count > 0;

    public bool Allows(string origin) => origins.Contains(origin);

    /// <summary>Answers preflights and marks answers, where there is an origin to do it for.</summary>
    public void Use(WebApplication app)
    {
        if (Any)
        {
            // Without credentials: a page of another origin sends the key itself, never the cookie.
            app.UseCors(policy =>
                policy
                    .WithOrigins([.. origins])
                    .AllowAnyHeader()
                    .WithMethods("GET", "POST", "DELETE")
                    .WithExposedHeaders(Exposed)
                    .SetPreflightMaxAge(TimeSpan.FromMinutes(10))
            );
        }
    }

    private static string Check(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.GetLeftPart(UriPartial.Authority).Equals(text.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)
            ? text.TrimEnd('/')
            : throw new StartException(
                $"Security:AllowedOrigins: '{text}' is no origin; one looks like https://app.example or http://localhost:3000 "
                    + "(a star is not allowed: without keys any page could call a service on loopback)."
            );
}
