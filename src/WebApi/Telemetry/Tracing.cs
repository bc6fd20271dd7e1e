using System.Diagnostics;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Metrics;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.Telemetry;

/// <summary>The spans of requests. None of them holds an argument's value, a query or an error's text.</summary>
internal static class Tracing
{
    private const int LongestTag = 256;

    private static readonly ActivitySource Source = new(ServiceMeter.Name);

    /// <summary>The span of the request at hand; null where nobody traces it.</summary>
    public static Activity? Traced =>
        Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } request ? request : null;

    /// <summary>Begins the span of a request, under the caller's where a traceparent came; null where nobody traces.</summary>
    public static Activity? Begin(HttpContext context)
    {
        if (!Source.HasListeners() || !IsWorthASpan(context.Request.Path))
        {
            return null;
        }

        var headers = context.Request.Headers;
        _ = ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var caller);
        return Source.StartActivity(RequestKind.MethodOf(context.Request), ActivityKind.Server, caller);
    }

    /// <summary>Says how the request ended.</summary>
    public static void End(Activity span, RequestKind kind)
    {
        span.DisplayName = $"{kind.Method} {kind.Route}";
        span.SetTag("http.request.method", kind.Method);
        span.SetTag("http.route", kind.Route);
        span.SetTag("http.response.status_code", kind.Status);
        if (kind.Status >= 500)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.Dispose();
    }

    /// <summary>A part of a request that lies behind it, from clock readings; <paramref name="now"/> is this moment's.</summary>
    public static Activity? Span(Activity request, string name, long from, long to, long now)
    {
        var end = DateTime.UtcNow - Stopwatch.GetElapsedTime(to, now);
        var start = end - Stopwatch.GetElapsedTime(from, to);
        var span = Source.StartActivity(name, ActivityKind.Internal, request.Context, startTime: start);
        return span?.SetEndTime(end);
    }

    /// <summary>Marks a part in which the request failed, by the error's code.</summary>
    public static void Fail(Activity? span, Exception? error)
    {
        if (error is not null)
        {
            span?.SetTag("error.type", error is EngineException known ? ErrorTable.For(known.Code).Code : "internal");
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>A text of bounded length.</summary>
    public static string Short(string text) => text.Length <= LongestTag ? text : text[..LongestTag];

    // Probes, scrapes and the page's files would bury the calls.
    private static bool IsWorthASpan(PathString path) =>
        path.StartsWithSegments("/api", StringComparison.Ordinal)
        || (
            path.StartsWithSegments("/v2", StringComparison.Ordinal, out var rest)
            && !rest.StartsWithSegments("/health", StringComparison.Ordinal)
        );
}
