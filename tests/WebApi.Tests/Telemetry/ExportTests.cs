using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Telemetry;

/// <summary>Traces and metrics arrive at a collector, and nothing is sent where none is named.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ExportTests(ServiceFixture fixture)
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = "00f067aa0ba902b7";
    private static readonly (string, string) TraceParent = ("traceparent", $"00-{Trace}-{Caller}-01");

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task A_collector_gets_the_spans_of_a_call_under_the_callers_trace_and_the_metrics(string protocol)
    {
        await using var collector = await Collector.StartAsync(protocol == "grpc");
        using var service = await StartAsync(collector.Address, protocol);
        (await service.PostAsync("/api/functions", Json.Registration("traced", Json.Double))).Good(
            System.Net.HttpStatusCode.Created
        );
        (
            await service.PostAsync(
                "/api/functions/traced/invoke",
                Json.Call(Json.Floats(1.5f, 424242.5f)),
                TraceParent
            )
        ).Good();
        await Eventually.TrueAsync(() => collector.Spans.Count(span => span.Trace == Trace) >= 5);

        var spans = collector.Spans.Where(span => span.Trace == Trace).ToArray();
        var request = Assert.Single(spans, span => span.Parent == Caller);
        Assert.Equal("POST /api/functions/{name}/invoke", request.Name);
        Assert.Equal("200", request.Tags["http.response.status_code"]);
        Assert.Equal("/api/functions/{name}/invoke", request.Tags["http.route"]);
        var parts = spans.Where(span => span.Parent == request.Id).OrderBy(span => span.Start).ToArray();
        Assert.Equal(["read", "wait", "run", "write"], parts.Select(span => span.Name));
        Assert.All(parts, part => Assert.True(part.Start <= part.End));
        var run = parts[2].Tags;
        Assert.Equal("traced@1", run["torch2jax.function"]);
        Assert.Equal("float32[2]", run["torch2jax.shape_key"]);
        Assert.Equal("miss", run["torch2jax.cache"]);

        // Reading may catch the point between its making and its first value.
        await Eventually.TrueAsync(() =>
            collector.Metrics.ContainsKey("torch2jax.http.requests")
            && collector.Metrics.TryGetValue("torch2jax.call.duration", out var metric)
            && metric.Messages(9).Single().Messages(1).Single().Number(4) == 1
        );
        var point = collector.Metrics["torch2jax.call.duration"].Messages(9).Single().Messages(1).Single();
        Assert.Equal("traced@1", point.Attributes(9)["function"]);
        Assert.Contains("torch2jax.tensors", collector.Metrics.Keys);
        Assert.Contains("torch2jax.database.queued_writes", collector.Metrics.Keys);
        Assert.DoesNotContain(
            collector.Bodies,
            body => System.Text.Encoding.UTF8.GetString(body).Contains("424242", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_problems_trace_id_is_that_of_its_trace_and_its_span_names_the_code()
    {
        await using var collector = await Collector.StartAsync();
        using var service = await StartAsync(collector.Address);
        const string source = "def f(x: Tensor) -> Tensor:\n    raise ValueError('no')\n    return x\n";
        (await service.PostAsync("/api/functions", Json.Registration("raises", source))).Good(
            System.Net.HttpStatusCode.Created
        );
        var answer = await service.PostAsync("/api/functions/raises/invoke", Json.Call(Json.Floats(1)));
        var trace = answer.Problem(422, "execution_failed").GetProperty("traceId").GetString();
        await Eventually.TrueAsync(() => collector.Spans.Count(span => span.Trace == trace) >= 4);

        var spans = collector.Spans.Where(span => span.Trace == trace).ToArray();
        var request = Assert.Single(spans, span => span.Parent.Length == 0);
        Assert.Equal("execution_failed", request.Tags["error.type"]);
        Assert.Equal("execution_failed", Assert.Single(spans, span => span.Name == "run").Tags["error.type"]);
        Assert.DoesNotContain(spans, span => span.Name == "write");
    }

    [Fact]
    public async Task Without_a_collector_nothing_listens()
    {
        // In a process of its own: listeners are the process's, and so would be those of other tests.
        using var service = await LoggedService.StartAsync(fixture.Data, "--Logging:LogLevel:Default", "Trace");
        (await service.PostAsync("/api/functions", Json.Registration("alone", Json.Double))).Good(
            System.Net.HttpStatusCode.Created
        );
        await service.PostAsync("/api/functions/alone/invoke", Json.Call(Json.Floats(1)));
        await service.StopAsync();
        Assert.DoesNotContain(service.Lines, line => line.Contains("\"SpanId\"", StringComparison.Ordinal));
    }

    private Task<LoggedService> StartAsync(string collector, string protocol = "http/protobuf") =>
        LoggedService.StartAsync(
            fixture.Data,
            "--OTEL_EXPORTER_OTLP_ENDPOINT",
            collector,
            "--OTEL_EXPORTER_OTLP_PROTOCOL",
            protocol,
            "--OTEL_BSP_SCHEDULE_DELAY",
            "100",
            "--OTEL_METRIC_EXPORT_INTERVAL",
            "200"
        );
}
