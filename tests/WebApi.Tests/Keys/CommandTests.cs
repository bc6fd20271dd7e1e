using System.Diagnostics;
using System.Net;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Keys;

/// <summary>The command line as a process of its own, and what a running service makes of it.</summary>
[Collection(ServiceCollection.Name)]
public sealed class CommandTests(ServiceFixture fixture)
{
    [Fact]
    public async Task A_key_made_by_the_command_closes_a_running_service_and_one_revoked_there_is_refused()
    {
        var schema = ServiceFixture.NewSchema();
        await using var service = await fixture.StartAsync(schema);
        (await service.GetAsync("/api/functions")).Good();

        var (exitCode, key, error) = await KeysAsync(schema, "add", "--role", "invoker", "--name", "nightly scoring");

        Assert.True(exitCode == 0, error);
        // The key and nothing else, so that a script can take it.
        Assert.Matches(@"^t2j_[a-z0-9]{8}_[A-Za-z0-9_-]{43}\n$", key);
        Assert.DoesNotContain(key.Trim(), error, StringComparison.Ordinal);
        Assert.Contains("every request needs a key", error, StringComparison.Ordinal);
        await KeyedService.UntilAsync(() => service.GetAsync("/api/functions"), 401, seconds: 5);
        (await service.SendAsync("GET", "/api/functions", key.Trim())).Good();
        (await service.SendAsync("GET", "/api/keys", key.Trim())).Problem(403, "forbidden");
        await KeysAsync(schema, "add", "--role=admin", "--expires=90d", "--rate=600");

        var (_, list, _) = await KeysAsync(schema, "list");
        Assert.Matches(@"\n +1  t2j_\w{8} +invoker .* holds +nightly scoring\n", list);
        Assert.Matches(@"\n +2  t2j_\w{8} +admin +600 .* until \d{4}-\d\d-\d\d \d\d:\d\d +admin\n", list);
        Assert.DoesNotContain(key[13..].Trim(), list, StringComparison.Ordinal);

        Assert.Equal(0, (await KeysAsync(schema, "revoke", key[..12])).ExitCode);
        await KeyedService.UntilAsync(() => service.SendAsync("GET", "/api/functions", key.Trim()), 401, seconds: 5);
        (exitCode, _, error) = await KeysAsync(schema, "revoke", "2");
        Assert.True(exitCode == 0, error);
        Assert.Contains("no keys any more", error, StringComparison.Ordinal);
        await KeyedService.UntilAsync(() => service.GetAsync("/api/functions"), 200, seconds: 5);
    }

    [Theory]
    [InlineData("add --role ROLE, list, or revoke", "nonsense")]
    [InlineData("roles reader, invoker, author, admin", "add")]
    [InlineData("roles reader, invoker, author, admin", "add", "--role", "root")]
    [InlineData("--rolle", "add", "--rolle", "admin")]
    [InlineData("no value", "add", "--role")]
    [InlineData("90d, 12h, 30m", "add", "--role", "admin", "--expires", "forever")]
    [InlineData("--rate many", "add", "--role", "admin", "--rate", "many")]
    [InlineData("no key '4711'", "revoke", "4711")]
    public async Task What_is_wrong_is_one_line_and_makes_no_key(string expected, params string[] arguments)
    {
        var schema = "webapi_commands";
        var (exitCode, output, error) = await KeysAsync(schema, arguments);
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Beyond_loopback_the_service_ends_without_keys_and_was_open_at_no_moment()
    {
        var schema = ServiceFixture.NewSchema();
        var port = ServiceProcess.FreePort();
        using var process = Process.Start(
            ServiceProcess.Command(
                ["--urls", $"http://0.0.0.0:{port}", "--TORCH2JAX_DATA", fixture.Data, "--Database:Schema", schema]
            )
        )!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var seen = new HashSet<HttpStatusCode>();
        while (!process.HasExited)
        {
            try
            {
                using var answer = await client.GetAsync("/api/functions");
                seen.Add(answer.StatusCode);
            }
            catch (HttpRequestException)
            {
                // Not there yet, or no more.
                await Task.Delay(1);
            }
        }

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("keys add --role admin", await error, StringComparison.Ordinal);
        Assert.Contains("--allow-anonymous", await error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        Assert.Empty(seen.Except([HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized]));
        _ = await output;
    }

    [Theory]
    [InlineData("http://0.0.0.0:{0}", false, 401)]
    [InlineData("http://0.0.0.0:{0}", true, 200)]
    [InlineData("http://127.0.0.1:{0}", true, 200)]
    public async Task With_a_key_or_the_operators_word_it_listens_beyond_loopback(
        string url,
        bool anonymous,
        int status
    )
    {
        var schema = ServiceFixture.NewSchema();
        if (!anonymous)
        {
            Assert.Equal(0, (await KeysAsync(schema, "add", "--role", "reader")).ExitCode);
        }

        using var service = await ServiceProcess.StartAtAsync(
            url,
            [
                .. anonymous && url.Contains("0.0.0.0", StringComparison.Ordinal)
                    ? (string[])["--allow-anonymous"]
                    : [],
                "--TORCH2JAX_DATA",
                fixture.Data,
                "--Database:Schema",
                schema,
            ]
        );

        using var answer = await service.AnswerAsync("/api/functions");
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_service_that_requires_keys_lets_nobody_in_until_there_is_one()
    {
        var schema = ServiceFixture.NewSchema();
        await using var service = await fixture.StartAsync(schema, ("Security:RequireKeys", "true"));
        var problem = (await service.GetAsync("/api/functions")).Problem(401, "unauthenticated");
        Assert.Contains("keys add", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await service.PostAsync("/api/keys", """{"role":"admin"}""")).Problem(401, "unauthenticated");

        var (_, key, _) = await KeysAsync(schema, "add", "--role", "admin");

        await KeyedService.UntilAsync(() => service.SendAsync("GET", "/api/keys", key.Trim()), 200, seconds: 5);
    }

    [Fact]
    public async Task Before_its_keys_are_known_a_service_lets_nobody_in()
    {
        using var service = ServiceProcess.StartWithout("Host=127.0.0.1;Port=1;Username=nobody;Database=nothing");
        foreach (var path in (string[])["/api/devices", "/metrics", "/", "/swagger/v1/swagger.json"])
        {
            using var answer = await service.AnswerAsync(path);
            (await Answer.OfAsync(answer)).Problem(503, "not_ready");
        }
    }

    private Task<(int ExitCode, string Output, string Error)> KeysAsync(string schema, params string[] arguments) =>
        ServiceProcess.RunAsync(["keys", .. arguments, "--TORCH2JAX_DATA", fixture.Data, "--Database:Schema", schema]);
}
