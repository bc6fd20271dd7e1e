using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Torch2Jax.Isolation.Tests;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Isolation;

/// <summary>Functions in worker processes, from outside: what they do ends a worker and nothing else.</summary>
[Collection(Support.ServiceCollection.Name)]
public sealed class IsolationTests(ServiceFixture fixture)
{
    // A product that takes tens of seconds in one operator, which no deadline of a loop can end.
    private const string Stuck =
        "def fn(x: Tensor) -> Tensor:\n    return torch.matmul(x.expand(9000, 9000), x.expand(9000, 9000)).sum()\n";

    [Fact]
    public async Task A_function_runs_where_its_registration_says_and_says_so()
    {
        var service = fixture.Service;
        await RegisterAsync(service, "isolated", Json.Double, "process");
        await RegisterAsync(service, "plain", Json.Double, null);
        var isolated = (await service.GetAsync("/api/functions/isolated")).Good();
        Assert.Equal("process", isolated.GetProperty("isolation").GetString());
        Assert.False(isolated.TryGetProperty("quarantine", out _));
        var plain = (await service.GetAsync("/api/functions/plain")).Good();
        Assert.Equal("none", plain.GetProperty("isolation").GetString());
        foreach (var name in (string[])["isolated", "plain"])
        {
            var answer = (
                await service.PostAsync($"/api/functions/{name}/invoke", Json.Call(Json.Floats(1, 2)))
            ).Good();
            Assert.Equal([2f, 4f], Json.Data(answer.GetProperty("outputs")));
        }

        Assert.NotEmpty(Workers(service));
        var again = await service.PostAsync("/api/functions", Registration("isolated", Json.Double, "process"));
        Assert.Equal(1, again.Good().GetProperty("version").GetInt32());
        var other = await service.PostAsync("/api/functions", Registration("isolated", Json.Double, "none"));
        Assert.Equal(2, other.Good(HttpStatusCode.Created).GetProperty("version").GetInt32());
        (await service.PostAsync("/api/functions", Registration("isolated", Json.Double, "thread"))).Problem(
            400,
            "malformed_request"
        );
    }

    [Fact]
    public async Task What_an_author_registers_is_isolated_also_after_a_restart()
    {
        var schema = ServiceFixture.NewSchema();
        await using (var service = await fixture.StartAsync(schema))
        {
            var admin = await service.AddKeyAsync(KeyRole.Admin);
            var author = await service.AddKeyAsync(KeyRole.Author);
            (
                await service.SendAsync(
                    "POST",
                    "/api/functions",
                    author.Text,
                    Registration("theirs", Json.Double, null)
                )
            ).Good(HttpStatusCode.Created);
            (
                await service.SendAsync("POST", "/api/functions", admin.Text, Registration("ours", Json.Double, null))
            ).Good(HttpStatusCode.Created);
            var refused = await service.SendAsync(
                "POST",
                "/api/functions",
                author.Text,
                Registration("theirs", Json.Double, "none")
            );
            Assert.Equal("isolation", refused.Problem(403, "forbidden").GetProperty("path").GetString());
        }

        await using var later = await fixture.StartAsync(schema);
        var reader = await later.AddKeyAsync(KeyRole.Invoker);
        foreach (var (name, isolation) in new[] { ("theirs", "process"), ("ours", "none") })
        {
            var about = (await later.SendAsync("GET", $"/api/functions/{name}", reader.Text)).Good();
            Assert.Equal(isolation, about.GetProperty("isolation").GetString());
        }

        var call = Json.Call(Json.Floats(3));
        (await later.SendAsync("POST", "/api/functions/theirs/invoke", reader.Text, call)).Good();
        Assert.NotEmpty(Workers(later));
    }

    [Fact]
    public async Task A_call_past_its_deadline_is_ended_and_leaves_nothing_stuck()
    {
        var service = fixture.Service;
        await RegisterAsync(service, "stuck", Stuck, "process");
        await RegisterAsync(service, "isolated", Json.Double, "process");
        var late = await service.PostAsync(
            "/api/functions/stuck/invoke",
            $$"""{"args":[{{Json.Floats(1)}}],"deadlineMs":400}"""
        );
        late.Problem(504, "deadline_exceeded");
        (await service.PostAsync("/api/functions/isolated/invoke", Json.Call(Json.Floats(1)))).Good();
        await Support.KeyedService.UntilAsync(() => service.GetAsync("/health/ready"), 200);
        while ((await service.GetAsync("/health/ready")).Good().GetProperty("stuckCalls").GetInt32() > 0)
        {
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task A_function_that_ends_its_workers_is_named_then_kept_away_until_an_admin_releases_it()
    {
        await using var service = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Isolation:QuarantineCrashes", "2")
        );
        var admin = await service.AddKeyAsync(KeyRole.Admin);
        var author = await service.AddKeyAsync(KeyRole.Author);
        Task<Answer> Send(string method, string path, MadeApiKey key, string? body = null) =>
            service.SendAsync(method, path, key.Text, body);

        (await Send("POST", "/api/functions", author, Registration("crashes", Stuck, null))).Good(
            HttpStatusCode.Created
        );
        (await Send("POST", "/api/functions", author, Registration("bystander", Json.Double, null))).Good(
            HttpStatusCode.Created
        );
        var call = Json.Call(Json.Floats(1));
        foreach (var signal in (string[])["SEGV", "FPE"])
        {
            var running = Send("POST", "/api/functions/crashes/invoke", author, call);
            WorkerProcesses.Signal(WorkerProcesses.BusiestOf(() => Workers(service)), signal);
            var problem = (await running).Problem(422, "execution_failed");
            Assert.Contains("SIG" + signal, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            (await Send("POST", "/api/functions/bystander/invoke", author, call)).Good();
        }

        var refused = (await Send("POST", "/api/functions/crashes/invoke", author, call)).Problem(409, "conflict");
        Assert.Contains("quarantine", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var about = (await Send("GET", "/api/functions/crashes", author)).Good().GetProperty("quarantine");
        Assert.Equal(("SIGFPE", 2), (about.GetProperty("signal").GetString(), about.GetProperty("crashes").GetInt32()));
        var health = (await service.GetAsync("/health/ready")).Good().GetProperty("isolation");
        Assert.Equal("crashes@1", health.GetProperty("quarantined")[0].GetProperty("function").GetString());
        (await Send("POST", "/api/functions/crashes/release", author)).Problem(403, "forbidden");
        (await Send("POST", "/api/functions/nobody/release", admin)).Problem(404, "function_not_found");

        Assert.Equal(HttpStatusCode.NoContent, (await Send("POST", "/api/functions/crashes/release", admin)).Status);
        var again = await Send(
            "POST",
            "/api/functions/crashes/invoke",
            author,
            $$"""{"args":[{{Json.Floats(1)}}],"deadlineMs":200}"""
        );
        again.Problem(504, "deadline_exceeded");
    }

    [Fact]
    public async Task Health_says_what_the_workers_cannot_do()
    {
        var service = fixture.Service;
        await RegisterAsync(service, "isolated", Json.Double, "process");
        JsonElement isolation;
        do
        {
            isolation = (await service.GetAsync("/health/ready")).Good().GetProperty("isolation");
        } while (isolation.GetProperty("protections").GetArrayLength() == 0);
        Assert.Equal("ready", isolation.GetProperty("workers").GetString());
        Assert.Equal(
            ["limits", "no-new-privileges", "unprivileged", "no-network", "no-files", "filtered-system-calls"],
            isolation.GetProperty("protections").EnumerateArray().Select(name => name.GetString()!)
        );
        var devices = (await service.GetAsync("/api/devices")).Good();
        Assert.Equal(6, devices.GetProperty("protections").GetArrayLength());
    }

    [Fact]
    public async Task Without_workers_everything_runs_in_the_service()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema(), ("Isolation:Workers", "0"));
        await RegisterAsync(service, "isolated", Json.Double, "process");
        (await service.PostAsync("/api/functions/isolated/invoke", Json.Call(Json.Floats(1)))).Good();
        var health = (await service.GetAsync("/health/ready")).Good();
        Assert.Equal("off", health.GetProperty("isolation").GetProperty("workers").GetString());
        Assert.Equal("off", health.GetProperty("parts").GetProperty("workers").GetString());
    }

    private static IReadOnlyList<int> Workers(RunningService service) =>
        service.Services.GetRequiredService<WorkerHost>().Backend!.WorkerPids;

    private static string Registration(string name, string source, string? isolation) =>
        isolation is null ? Json.Registration(name, source) : Json.Registration(name, source, ("isolation", isolation));

    private static async Task RegisterAsync(RunningService service, string name, string source, string? isolation)
    {
        var answer = await service.PostAsync("/api/functions", Registration(name, source, isolation));
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, answer.Text);
    }
}
