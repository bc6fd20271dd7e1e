using System.Diagnostics;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Metrics;

namespace Torch2Jax.WebApi.Telemetry;

/// <summary>
/// The times of one call: read, wait, run, write. When it has ended they are counted, and become spans where somebody
/// traces; until then a call costs four readings of the clock.
/// </summary>
internal sealed class CallClock(FunctionCounts counts, string function, long began)
{
    private readonly long read = Stopwatch.GetTimestamp();
    private long started;
    private long ran;

    /// <summary>The call's turn has come.</summary>
    public void Started() => started = Stopwatch.GetTimestamp();

    /// <summary>The function has answered.</summary>
    public void Ran() => ran = Stopwatch.GetTimestamp();

    /// <summary>The answer is written.</summary>
    public void Succeeded(InvocationResult result)
    {
        var now = Stopwatch.GetTimestamp();
        counts.Success(
            Stopwatch.GetElapsedTime(began, read),
            Stopwatch.GetElapsedTime(read, started),
            Stopwatch.GetElapsedTime(started, ran),
            Stopwatch.GetElapsedTime(ran, now),
            result.Cache
        );
        if (Tracing.Traced is { } request)
        {
            Spans(request, now, null, result);
        }
    }

    /// <summary>The call failed, in whatever phase it was.</summary>
    public void Failed(Exception error)
    {
        var now = Stopwatch.GetTimestamp();
        counts.Failure(Stopwatch.GetElapsedTime(began, now));
        if (Tracing.Traced is { } request)
        {
            Spans(request, now, error, null);
        }
    }

    private void Spans(Activity request, long now, Exception? error, InvocationResult? result)
    {
        request.SetTag("torch2jax.function", function);
        using (Tracing.Span(request, "read", began, read, now)) { }

        var waited = started == 0 ? now : started;
        using (var wait = Tracing.Span(request, "wait", read, waited, now))
        {
            Tracing.Fail(wait, started == 0 ? error : null);
        }

        if (started == 0)
        {
            return;
        }

        using (var run = Tracing.Span(request, "run", started, ran == 0 ? now : ran, now))
        {
            run?.SetTag("torch2jax.function", function);
            Tracing.Fail(run, ran == 0 ? error : null);
            if (result is not null)
            {
                run?.SetTag("torch2jax.shape_key", Tracing.Short(result.ShapeKey));
                run?.SetTag("torch2jax.cache", $"{result.Cache}".ToLowerInvariant());
            }
        }

        if (ran != 0)
        {
            using var write = Tracing.Span(request, "write", ran, now, now);
            Tracing.Fail(write, error);
        }
    }
}
