using System.Diagnostics;
using Torch2Jax.WebApi.Metrics;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.Telemetry;

/// <summary>The outermost layer: counts every answer, traces requests where somebody listens, logs them where asked.</summary>
internal sealed partial class RequestWatch(RequestDelegate next, RequestCounts counts, ILoggerFactory loggers)
{
    /// <summary>The category of the line a request; at Warning, its default, only failures of the service are logged.</summary>
    public const string Category = "Torch2Jax.Requests";

    private readonly ILogger logger = loggers.CreateLogger(Category);

    public async Task InvokeAsync(HttpContext context)
    {
        counts.Begin();
        var span = Tracing.Begin(context);
        var began = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var kind = RequestKind.Of(context);
            counts.End(kind);
            if (kind.Status >= 500 && !kind.Route.StartsWith("/health", StringComparison.Ordinal))
            {
                LogFailed(logger, kind.Method, kind.Route, kind.Status, Elapsed(began), TraceIds.Of(context));
            }
            else if (logger.IsEnabled(LogLevel.Information))
            {
                LogAnswered(logger, kind.Method, kind.Route, kind.Status, Elapsed(began), TraceIds.Of(context));
            }

            if (span is not null)
            {
                Tracing.End(span, kind);
            }
        }
    }

    private static double Elapsed(long began) => Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 3);

    [LoggerMessage(1201, LogLevel.Information, "{Method} {Route}: {Status} in {ElapsedMs} ms, trace {TraceId}")]
    private static partial void LogAnswered(
        ILogger logger,
        string method,
        string route,
        int status,
        double elapsedMs,
        string traceId
    );

    [LoggerMessage(1202, LogLevel.Warning, "{Method} {Route}: {Status} in {ElapsedMs} ms, trace {TraceId}")]
    private static partial void LogFailed(
        ILogger logger,
        string method,
        string route,
        int status,
        double elapsedMs,
        string traceId
    );
}
