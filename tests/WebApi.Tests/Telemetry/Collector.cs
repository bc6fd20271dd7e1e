using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Torch2Jax.WebApi.Tests.Telemetry;

/// <summary>A small OTLP collector, over HTTP/protobuf or gRPC, and what it was sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;

    private Collector(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    public ConcurrentQueue<Span> Spans { get; } = new();

    public ConcurrentDictionary<string, WireMessage> Metrics { get; } = new();

    /// <summary>Everything that came, as it came.</summary>
    public ConcurrentQueue<byte[]> Bodies { get; } = new();

    public static async Task<Collector> StartAsync(bool grpc = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                System.Net.IPAddress.Loopback,
                0,
                listen => listen.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1
            )
        );
        var app = builder.Build();
        var collector = new Collector(app);
        app.MapPost("/v1/traces", context => collector.TakeAsync(context, collector.Traces));
        app.MapPost("/v1/metrics", context => collector.TakeAsync(context, collector.Measurements));
        const string service = "/opentelemetry.proto.collector";
        app.MapPost(
            $"{service}.trace.v1.TraceService/Export",
            context => collector.TakeCallAsync(context, collector.Traces)
        );
        app.MapPost(
            $"{service}.metrics.v1.MetricsService/Export",
            context => collector.TakeCallAsync(context, collector.Measurements)
        );
        await app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Action<WireMessage> read)
    {
        read(new WireMessage(await ReadAsync(context)));
        context.Response.ContentType = "application/x-protobuf";
    }

    // A message of gRPC has a byte that says whether it is compressed, and four of its length, before it.
    private async Task TakeCallAsync(HttpContext context, Action<WireMessage> read)
    {
        read(new WireMessage((await ReadAsync(context)).AsSpan(5)));
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[5]);
    }

    private async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Bodies.Enqueue(body.ToArray());
        return body.ToArray();
    }

    // ExportTraceServiceRequest: resource spans, scope spans, spans.
    private void Traces(WireMessage request)
    {
        foreach (var span in request.Messages(1).SelectMany(one => one.Messages(2)).SelectMany(one => one.Messages(2)))
        {
            Spans.Enqueue(
                new Span(
                    span.Text(5),
                    Convert.ToHexStringLower(span.Bytes(1)),
                    Convert.ToHexStringLower(span.Bytes(2)),
                    Convert.ToHexStringLower(span.Bytes(4)),
                    span.Number(7),
                    span.Number(8),
                    span.Attributes(9)
                )
            );
        }
    }

    // ExportMetricsServiceRequest: resource metrics, scope metrics, metrics.
    private void Measurements(WireMessage request)
    {
        foreach (
            var metric in request.Messages(1).SelectMany(one => one.Messages(2)).SelectMany(one => one.Messages(2))
        )
        {
            Metrics[metric.Text(1)] = metric;
        }
    }
}

/// <summary>A span as it arrived; times in Unix nanoseconds.</summary>
internal sealed record Span(
    string Name,
    string Trace,
    string Id,
    string Parent,
    ulong Start,
    ulong End,
    IReadOnlyDictionary<string, string> Tags
);
