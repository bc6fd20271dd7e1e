using System.Diagnostics;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Keys;

[Collection(ServiceCollection.Name)]
public sealed class SecrecyTests(ServiceFixture fixture)
{
    [Fact]
    public async Task No_key_is_in_a_log_an_error_or_a_metric_however_much_is_logged()
    {
        var schema = ServiceFixture.NewSchema();
        string[] database = ["--TORCH2JAX_DATA", fixture.Data, "--Database:Schema", schema];
        var (_, made, _) = await ServiceProcess.RunAsync(["keys", "add", "--role", "admin", .. database]);
        var admin = made.Trim();
        var wrong = string.Concat(admin.AsSpan(0, 13), new string('w', KeyText.Length - 13));
        var address = new Uri($"http://127.0.0.1:{ServiceProcess.FreePort()}");
        string[] logging =
        [
            "--Logging:LogLevel:Default",
            "Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore",
            "Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics",
            "Trace",
        ];
        using var process = Process.Start(
            ServiceProcess.Command(["--urls", address.OriginalString, .. database, .. logging])
        )!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var client = new HttpClient { BaseAddress = address };
        var seen = "";
        string other;
        try
        {
            await ReadyAsync(client);
            var answer = await AskAsync(client, "POST", "/api/keys", admin, """{"role":"reader"}""");
            other = System.Text.Json.JsonDocument.Parse(answer).RootElement.GetProperty("key").GetString()!;
            foreach (var key in (string[])[admin, other, wrong])
            {
                foreach (
                    var path in (string[])
                        ["/api/functions", "/api/keys", "/api/audit", "/metrics", "/v2", "/api/functions/none"]
                )
                {
                    seen += await AskAsync(client, "GET", path, key);
                }

                seen += await AskAsync(client, "DELETE", "/api/keys/4711", key);
                using var form = new FormUrlEncodedContent([new("key", key), new("to", "/")]);
                using var session = await client.PostAsync("/session", form);
                seen += await session.Content.ReadAsStringAsync();
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        var log = await output + await error;
        Assert.Contains("Microsoft.AspNetCore", log, StringComparison.Ordinal);
        Assert.Contains("/api/functions", log, StringComparison.Ordinal);
        foreach (var key in (string[])[admin, other, wrong])
        {
            Assert.DoesNotContain(key[13..], log, StringComparison.Ordinal);
            Assert.DoesNotContain(key[13..], seen, StringComparison.Ordinal);
        }
    }

    private static async Task<string> AskAsync(
        HttpClient client,
        string method,
        string path,
        string key,
        string? body = null
    )
    {
        using var request = KeyedService.Request(method, path, key, body);
        using var answer = await client.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task ReadyAsync(HttpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync("/health/ready", limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not there yet.
            }

            await Task.Delay(50, limit.Token);
        }
    }
}
