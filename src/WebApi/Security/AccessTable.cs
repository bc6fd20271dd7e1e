using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Routing;
using Torch2Jax.Registry.Keys;

namespace Torch2Jax.WebApi.Security;

/// <summary>
/// Who may do what, once keys exist: every route with the least role that may use it. A route that is missing here needs
/// an admin, and fails a test.
/// </summary>
internal static class AccessTable
{
    /// <summary>No key is needed.</summary>
    public const KeyRole Anyone = default;

    public static readonly FrozenDictionary<string, KeyRole> Routes = new Dictionary<string, KeyRole>
    {
        ["GET /health/live"] = Anyone,
        ["GET /health/ready"] = Anyone,
        ["GET /v2/health/live"] = Anyone,
        ["GET /v2/health/ready"] = Anyone,
        // What errors mean, and where a browser gives its key: nothing of the service's data.
        ["GET /docs/errors.md"] = Anyone,
        ["GET /page/icon.svg"] = Anyone,
        ["GET /page/sign-in.js"] = Anyone,
        ["POST /session"] = Anyone,

        ["GET /"] = KeyRole.Reader,
        ["GET /page/api.js"] = KeyRole.Reader,
        ["GET /page/batches.js"] = KeyRole.Reader,
        ["GET /page/call.js"] = KeyRole.Reader,
        ["GET /page/detail.js"] = KeyRole.Reader,
        ["GET /page/examples.js"] = KeyRole.Reader,
        ["GET /page/format.js"] = KeyRole.Reader,
        ["GET /page/functions.js"] = KeyRole.Reader,
        ["GET /page/page.css"] = KeyRole.Reader,
        ["GET /page/page.js"] = KeyRole.Reader,
        ["GET /page/plot.js"] = KeyRole.Reader,
        ["GET /page/schedules.js"] = KeyRole.Reader,
        ["GET /page/table.js"] = KeyRole.Reader,
        ["GET /metrics"] = KeyRole.Reader,
        ["GET /api/devices"] = KeyRole.Reader,
        ["GET /api/statistics"] = KeyRole.Reader,
        ["GET /api/functions"] = KeyRole.Reader,
        ["GET /api/functions/{name}"] = KeyRole.Reader,
        ["GET /api/functions/{name}/versions"] = KeyRole.Reader,
        ["GET /api/functions/{name}/shape-cache"] = KeyRole.Reader,
        ["GET /api/functions/{name}/statistics"] = KeyRole.Reader,
        ["GET /v2"] = KeyRole.Reader,
        ["GET /v2/models"] = KeyRole.Reader,
        ["GET /v2/models/stats"] = KeyRole.Reader,
        ["GET /v2/models/{model}"] = KeyRole.Reader,
        ["GET /v2/models/{model}/ready"] = KeyRole.Reader,
        ["GET /v2/models/{model}/stats"] = KeyRole.Reader,
        ["GET /v2/models/{model}/versions/{version}"] = KeyRole.Reader,
        ["GET /v2/models/{model}/versions/{version}/ready"] = KeyRole.Reader,
        ["GET /v2/models/{model}/versions/{version}/stats"] = KeyRole.Reader,
        ["POST /v2/repository/index"] = KeyRole.Reader,

        ["POST /api/functions/{name}/invoke"] = KeyRole.Invoker,
        ["POST /api/functions/{name}/eval-shape"] = KeyRole.Invoker,
        ["POST /v2/models/{model}/infer"] = KeyRole.Invoker,
        ["POST /v2/models/{model}/versions/{version}/infer"] = KeyRole.Invoker,

        ["POST /api/functions"] = KeyRole.Author,
        ["GET /api/functions/{name}/source"] = KeyRole.Author,
        ["DELETE /api/functions/{name}/shape-cache"] = KeyRole.Author,

        // Parameters of a model are like its source: who may call it need not read them.
        ["GET /api/arrays"] = KeyRole.Reader,
        ["HEAD /api/arrays/{name}"] = KeyRole.Reader,
        ["GET /api/arrays/{name}"] = KeyRole.Author,
        ["PUT /api/arrays/{name}"] = KeyRole.Author,
        ["DELETE /api/arrays/{name}"] = KeyRole.Author,

        ["GET /api/batches"] = KeyRole.Reader,
        ["GET /api/batches/{id}"] = KeyRole.Reader,
        ["GET /api/batches/{id}/chunks"] = KeyRole.Reader,
        ["GET /api/batches/{id}/events"] = KeyRole.Reader,
        ["GET /api/batches/schema"] = KeyRole.Reader,
        ["GET /api/schedules"] = KeyRole.Reader,
        ["GET /api/schedules/{name}"] = KeyRole.Reader,
        ["GET /session"] = KeyRole.Reader,
        ["POST /api/batches"] = KeyRole.Author,
        ["POST /api/batches/{id}/cancel"] = KeyRole.Author,
        ["POST /api/batches/{id}/resume"] = KeyRole.Author,
        ["DELETE /api/batches/{id}"] = KeyRole.Author,

        ["POST /api/functions/{name}/archive"] = KeyRole.Admin,
        ["DELETE /api/functions/{name}"] = KeyRole.Admin,
        ["POST /api/functions/{name}/release"] = KeyRole.Admin,
        ["POST /v2/repository/models/{model}/load"] = KeyRole.Admin,
        ["POST /v2/repository/models/{model}/unload"] = KeyRole.Admin,
        ["POST /api/keys"] = KeyRole.Admin,
        ["GET /api/keys"] = KeyRole.Admin,
        ["DELETE /api/keys/{id}"] = KeyRole.Admin,
        ["POST /api/schedules"] = KeyRole.Admin,
        ["POST /api/schedules/{name}/pause"] = KeyRole.Admin,
        ["POST /api/schedules/{name}/resume"] = KeyRole.Admin,
        ["POST /api/schedules/{name}/run"] = KeyRole.Admin,
        ["DELETE /api/schedules/{name}"] = KeyRole.Admin,
        ["GET /api/audit"] = KeyRole.Admin,
    }.ToFrozenDictionary();

    /// <summary>Swagger UI and its document, which are no routes.</summary>
    public const string Documentation = "/swagger";

    private static readonly ConcurrentDictionary<Endpoint, KeyRole> Known = new();

    /// <summary>The role that a request needs.</summary>
    public static KeyRole Of(HttpContext context) =>
        context.GetEndpoint() is { } endpoint ? Of(endpoint)
        : context.Request.Path.StartsWithSegments(Documentation) ? KeyRole.Reader
        : Anyone;

    /// <summary>The role that an endpoint needs; the pipeline's own, which answer 405, serve nothing.</summary>
    public static KeyRole Of(Endpoint endpoint) =>
        Known.GetOrAdd(endpoint, static endpoint => endpoint is RouteEndpoint route ? Find(route) : Anyone);

    /// <summary>How a route is written in the table.</summary>
    public static IEnumerable<string> Names(RouteEndpoint route) =>
        (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(method =>
            $"{method} {route.RoutePattern.RawText}"
        );

    private static KeyRole Find(RouteEndpoint route) =>
        Names(route).Max(name => Routes.TryGetValue(name, out var role) ? role : KeyRole.Admin);
}
