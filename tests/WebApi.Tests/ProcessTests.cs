using System.Collections.Concurrent;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed class ProcessTests(ServiceFixture fixture)
{
    [Fact]
    public async Task A_kill_in_the_middle_of_registrations_loses_nothing_that_was_answered()
    {
        var schema = ServiceFixture.NewSchema();
        var answered = new ConcurrentBag<string>();
        using (var service = await ServiceProcess.StartAsync(fixture.Data, schema))
        {
            var clients = Enumerable
                .Range(0, 4)
                .Select(client => RegisterUntilGoneAsync(service.Client, client, answered))
                .ToArray();
            while (answered.Count < 20)
            {
                await Task.Delay(5);
            }

            service.Kill();
            await Task.WhenAll(clients);
        }

        using var again = await ServiceProcess.StartAsync(fixture.Data, schema);
        Assert.NotEmpty(answered);
        foreach (var name in answered)
        {
            using var answer = await again.Client.GetAsync($"/api/functions/{name}@1");
            Assert.True(answer.IsSuccessStatusCode, name);
        }
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var (exitCode, _, error) = await ServiceProcess.RunAsync(
            "--urls",
            $"http://127.0.0.1:{port}",
            "--TORCH2JAX_DATA",
            fixture.Data
        );
        Assert.NotEqual(0, exitCode);
        Assert.Contains("another", error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_commands_answer()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", (await ServiceProcess.RunAsync("--version")).Output);
        Assert.Contains("database stop", (await ServiceProcess.RunAsync("--help")).Output, StringComparison.Ordinal);
        var (exitCode, _, error) = await ServiceProcess.RunAsync("nonsense");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("nonsense", error, StringComparison.Ordinal);
        var (_, status, _) = await ServiceProcess.RunAsync("database", "status", "--TORCH2JAX_DATA", fixture.Data);
        Assert.Contains("runs", status, StringComparison.Ordinal);
    }

    private static async Task RegisterUntilGoneAsync(HttpClient client, int number, ConcurrentBag<string> answered)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var name = $"kill_{number}_{i}";
                using var content = new StringContent(
                    Json.Registration(name, Json.Double),
                    System.Text.Encoding.UTF8,
                    "application/json"
                );
                using var answer = await client.PostAsync("/api/functions", content);
                if (answer.IsSuccessStatusCode)
                {
                    answered.Add(name);
                }
            }
        }
        catch (HttpRequestException)
        {
            // The service is gone, as it should be.
        }
    }
}
