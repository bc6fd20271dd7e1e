using Microsoft.AspNetCore.Routing;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Security;
using Torch2Jax.WebApi.Tests.Support;
using static Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions;

namespace Torch2Jax.WebApi.Tests.Keys;

/// <summary>Who may do what, as the contract has it: every role against every route.</summary>
[Collection(ServiceCollection.Name)]
public sealed class AccessTests(ServiceFixture fixture)
{
    private const string Unknown = "no_such_function";

    // The contract's table, a second time and in its own order: a change of either alone fails.
    private static readonly Dictionary<string, string[]> Contract = new()
    {
        [""] =
        [
            "GET /health/live",
            "GET /health/ready",
            "GET /v2/health/live",
            "GET /v2/health/ready",
            "GET /docs/errors.md",
            "GET /page/icon.svg",
            "GET /page/sign-in.js",
            "POST /session",
        ],
        ["reader"] =
        [
            "GET /api/functions",
            "GET /api/functions/{name}",
            "GET /api/functions/{name}/versions",
            "GET /api/functions/{name}/shape-cache",
            "GET /api/devices",
            "GET /api/statistics",
            "GET /api/functions/{name}/statistics",
            "GET /metrics",
            "GET /v2",
            "GET /v2/models",
            "GET /api/arrays",
            "HEAD /api/arrays/{name}",
            "GET /api/batches",
            "GET /api/batches/schema",
            "GET /api/batches/{id}",
            "GET /api/batches/{id}/chunks",
            "GET /api/batches/{id}/events",
            "GET /api/schedules",
            "GET /api/schedules/{name}",
            "GET /session",
            "GET /v2/models/stats",
            "GET /v2/models/{model}",
            "GET /v2/models/{model}/ready",
            "GET /v2/models/{model}/stats",
            "GET /v2/models/{model}/versions/{version}",
            "GET /v2/models/{model}/versions/{version}/ready",
            "GET /v2/models/{model}/versions/{version}/stats",
            "POST /v2/repository/index",
            "GET /",
            "GET /page/api.js",
            "GET /page/batches.js",
            "GET /page/call.js",
            "GET /page/detail.js",
            "GET /page/examples.js",
            "GET /page/format.js",
            "GET /page/functions.js",
            "GET /page/page.css",
            "GET /page/page.js",
            "GET /page/plot.js",
            "GET /page/schedules.js",
            "GET /page/table.js",
        ],
        ["invoker"] =
        [
            "POST /api/functions/{name}/invoke",
            "POST /api/functions/{name}/eval-shape",
            "POST /v2/models/{model}/infer",
            "POST /v2/models/{model}/versions/{version}/infer",
        ],
        ["author"] =
        [
            "POST /api/functions",
            "GET /api/arrays/{name}",
            "PUT /api/arrays/{name}",
            "DELETE /api/arrays/{name}",
            "GET /api/functions/{name}/source",
            "DELETE /api/functions/{name}/shape-cache",
            "POST /api/batches",
            "POST /api/batches/{id}/cancel",
            "POST /api/batches/{id}/resume",
            "DELETE /api/batches/{id}",
        ],
        ["admin"] =
        [
            "POST /api/functions/{name}/release",
            "POST /api/functions/{name}/archive",
            "DELETE /api/functions/{name}",
            "GET /api/keys",
            "POST /api/keys",
            "DELETE /api/keys/{id}",
            "GET /api/audit",
            "POST /api/schedules",
            "POST /api/schedules/{name}/pause",
            "POST /api/schedules/{name}/resume",
            "POST /api/schedules/{name}/run",
            "DELETE /api/schedules/{name}",
            "POST /v2/repository/models/{model}/load",
            "POST /v2/repository/models/{model}/unload",
        ],
    };

    [Fact]
    public void Every_route_has_a_role_and_every_role_is_the_contracts()
    {
        var routes = fixture
            .Service.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(AccessTable.Names)
            .Order(StringComparer.Ordinal)
            .ToArray();
        Assert.Equal(routes, AccessTable.Routes.Keys.Order(StringComparer.Ordinal));

        var contract = Contract
            .SelectMany(pair => pair.Value.Select(route => $"{route}: {pair.Key}"))
            .Order(StringComparer.Ordinal);
        var ours = AccessTable
            .Routes.Select(pair => $"{pair.Key}: {(pair.Value == AccessTable.Anyone ? "" : pair.Value.Name())}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(contract, ours);
    }

    [Fact]
    public async Task Every_role_may_do_what_the_contract_says_and_nothing_else()
    {
        await using var service = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Batches:Roots", Path.GetTempPath())
        );
        var keys = new Dictionary<string, string?> { [""] = null };
        foreach (var role in Enum.GetValues<KeyRole>())
        {
            keys[role.Name()] = (await service.AddKeyAsync(role)).Text;
        }

        string[] roles = ["", .. KeyRoles.Names];
        var wrong = new List<string>();
        foreach (var (needed, routes) in Contract)
        {
            string[] pages = needed == "reader" ? ["GET /swagger/index.html", "GET /swagger/v1/swagger.json"] : [];
            foreach (var (route, role) in routes.Concat(pages).SelectMany(route => roles.Select(role => (route, role))))
            {
                var allowed = Array.IndexOf(roles, role) >= Array.IndexOf(roles, needed);
                var expected =
                    allowed ? 0
                    : role.Length == 0 ? 401
                    : 403;
                var answer = await AskAsync(service, route, keys[role]);
                var actual = (int)answer.Status is var status and (401 or 403) ? status : 0;
                if (actual != expected)
                {
                    wrong.Add($"{route} as '{role}': {(int)answer.Status} {answer.Text}");
                }
                else if (expected != 0 && !route.StartsWith("HEAD ", StringComparison.Ordinal))
                {
                    CheckRefusal(route, answer, needed, expected);
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task What_is_not_there_tells_nobody_anything()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        await service.AddKeyAsync(KeyRole.Reader);
        (await service.SendAsync("GET", "/api/nonsense", null)).Problem(404, "not_found");
        (await service.SendAsync("PUT", "/api/functions", null)).Problem(405, "method_not_allowed");
        (await service.SendAsync("GET", "/API/Functions", null)).Problem(401, "unauthenticated");
        (await service.SendAsync("GET", "/Swagger/index.html", null)).Problem(401, "unauthenticated");
    }

    private static void CheckRefusal(string route, Answer answer, string needed, int status)
    {
        var text = route.Contains(" /v2", StringComparison.Ordinal)
            ? answer.Body.GetProperty("error").GetString()!
            : answer
                .Problem(status, status == 401 ? "unauthenticated" : "forbidden")
                .GetProperty("detail")
                .GetString()!;
        if (status == 401)
        {
            Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        }
        else
        {
            Assert.Contains(needed, text, StringComparison.Ordinal);
        }
    }

    // Nothing that is let through finds anything to change.
    private static Task<Answer> AskAsync(RunningService service, string route, string? key)
    {
        var (method, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        path = path.Replace("{name}", Unknown, StringComparison.Ordinal)
            .Replace("{model}", Unknown, StringComparison.Ordinal)
            .Replace("{version}", "1", StringComparison.Ordinal)
            .Replace("{id}", "4711", StringComparison.Ordinal);
        return service.SendAsync(method, path, key, method == "POST" ? "{}" : null);
    }
}
