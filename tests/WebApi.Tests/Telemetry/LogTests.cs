using System.Net.Http.Headers;
using System.Text.Json;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Telemetry;

[Collection(ServiceCollection.Name)]
public sealed class LogTests(ServiceFixture fixture)
{
    private const string Secret = "xyzzy-4711";
    private const string SecretNumber = "918273.625";
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task No_level_of_logging_shows_arguments_sources_queries_or_headers()
    {
        using var service = await LoggedService.StartAsync(
            fixture.Data,
            "--Logging:LogLevel:Default",
            "Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore",
            "Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics",
            "Trace",
            "--Logging:LogLevel:Npgsql",
            "Trace",
            "--Logging:LogLevel:Torch2Jax.Requests",
            "Trace"
        );
        var source = $"""
            def keeps(x: Tensor, word: str) -> Tensor:
                print(x, word)
                if word == "{Secret}-source":
                    raise ValueError(word)
                return x * 2
            """;
        (await service.PostAsync("/api/functions", Json.Registration("keeps", source))).Good(
            System.Net.HttpStatusCode.Created
        );
        var x = $$"""{"dtype":"float64","shape":[1],"data":[{{SecretNumber}}]}""";
        string[] calls =
        [
            $$"""{"args":[{{x}},"{{Secret}}-argument"]}""",
            $$"""{"args":[{{x}},"{{Secret}}-source"]}""",
            $$"""{"args":["{{Secret}}-misfit"]}""",
            $$"""{"args":["{{Secret}}-not-json""",
        ];
        foreach (var call in calls)
        {
            await service.PostAsync(
                "/api/functions/keeps/invoke",
                call,
                ("Authorization", $"Bearer {Secret}-key"),
                ("X-Other", $"{Secret}-header")
            );
        }

        await service.PostAsync($"/api/functions/keeps{Secret}/invoke", calls[0]);
        var parameters = Uri.EscapeDataString($$"""{"word":"{{Secret}}-query"}""");
        using var raw = new ByteArrayContent(new byte[8]);
        raw.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await service.Client.PostAsync(
            $"/api/functions/keeps/invoke?dtype=float64&shape=1&parameters={parameters}",
            raw
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await service.StopAsync();

        Assert.Contains(service.Lines, line => line.Contains("Called keeps@1", StringComparison.Ordinal));
        var told = service.Lines.Where(line =>
            line.Contains(SecretNumber, StringComparison.Ordinal)
            || (
                line.Contains(Secret, StringComparison.Ordinal)
                // The name in an address is no argument; the router writes it at these levels.
                && !line.Contains($"keeps{Secret}", StringComparison.Ordinal)
            )
        );
        Assert.Empty(told);
    }

    [Fact]
    public async Task Lines_are_JSON_and_a_request_is_one_line_with_the_callers_trace_where_that_is_asked_for()
    {
        using var service = await LoggedService.StartAsync(
            fixture.Data,
            "--Logging:LogLevel:Torch2Jax.Requests",
            "Information"
        );
        var answer = await service.PostAsync(
            "/api/functions/nothing/invoke",
            "{\"args\":[]}",
            ("traceparent", TraceParent)
        );
        Assert.Equal(
            TraceParent.Split('-')[1],
            answer.Problem(404, "function_not_found").GetProperty("traceId").GetString()
        );
        await service.StopAsync();

        var lines = service.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var request = Assert.Single(
            lines,
            line =>
                line.GetProperty("Category").GetString() == "Torch2Jax.Requests"
                && line.GetProperty("State").GetProperty("Route").GetString() == "/api/functions/{name}/invoke"
        );
        var state = request.GetProperty("State");
        Assert.Equal(404, state.GetProperty("Status").GetInt32());
        Assert.Equal("POST", state.GetProperty("Method").GetString());
        Assert.Equal(TraceParent.Split('-')[1], state.GetProperty("TraceId").GetString());
    }

    [Fact]
    public async Task By_default_answered_requests_are_not_logged()
    {
        using var service = await LoggedService.StartAsync(fixture.Data);
        (await service.PostAsync("/api/functions", Json.Registration("quiet", Json.Double))).Good(
            System.Net.HttpStatusCode.Created
        );
        await service.StopAsync();
        Assert.DoesNotContain(service.Lines, line => line.Contains("Torch2Jax.Requests", StringComparison.Ordinal));
        Assert.Contains(service.Lines, line => line.Contains("Registered quiet@1", StringComparison.Ordinal));
    }
}
