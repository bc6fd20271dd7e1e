using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Metrics;
using Torch2Jax.WebApi.OpenApi;
using Torch2Jax.WebApi.Problems;
using Torch2Jax.WebApi.Telemetry;

namespace Torch2Jax.WebApi.Apis;

/// <summary>What every resource needs; made once, so that a request looks nothing up.</summary>
/// <param name="Engine">The engine, once it is there.</param>
/// <param name="Gate">Lets calls in.</param>
/// <param name="Budget">Memory for bodies.</param>
/// <param name="Options">The settings.</param>
/// <param name="Statistics">Counts calls.</param>
internal sealed record ApiContext(
    EngineHost Engine,
    CallGate Gate,
    BodyBudget Budget,
    ServiceOptions Options,
    CallStatistics Statistics
)
{
    /// <summary>The limits of trees, made once.</summary>
    public ReadLimits Reading { get; } = Options.Limits.ForReading();

    public static ApiContext Of(WebApplication app)
    {
        var services = app.Services;
        return new ApiContext(
            services.GetRequiredService<EngineHost>(),
            services.GetRequiredService<CallGate>(),
            services.GetRequiredService<BodyBudget>(),
            services.GetRequiredService<ServiceOptions>(),
            services.GetRequiredService<CallStatistics>()
        );
    }

    /// <summary>The whole body of a request that must be JSON.</summary>
    public ValueTask<RequestBody> ReadJsonAsync(HttpContext context)
    {
        MediaTypes.RequireJson(context.Request);
        return RequestBody.ReadAsync(context, Budget, Options.Limits);
    }

    /// <summary>Runs a function when its turn comes, has its result written, and counts how it went.</summary>
    /// <param name="context">The request, which <paramref name="began"/> then.</param>
    /// <param name="function">The function.</param>
    /// <param name="call">What it is called with.</param>
    /// <param name="deadlineMs">The caller's deadline.</param>
    /// <param name="arguments">Freed when the run has ended, or when it will never begin.</param>
    /// <param name="began">When the request came.</param>
    /// <param name="write">Writes the answer.</param>
    public async Task InvokeAsync(
        HttpContext context,
        JaxFunction function,
        Invocation call,
        int? deadlineMs,
        IDisposable arguments,
        long began,
        Func<InvocationResult, Task> write
    )
    {
        var clock = new CallClock(Statistics.Of(function.Reference), function.Reference, began);
        try
        {
            using var result = await Gate.RunAsync(
                call.Device,
                deadlineMs,
                () =>
                {
                    clock.Started();
                    return function.Invoke(Timed(function, call, deadlineMs, began));
                },
                arguments,
                context.RequestAborted,
                error => LateAnswer.SendAsync(context, error)
            );
            clock.Ran();
            await write(result);
            clock.Succeeded(result);
        }
        catch (Exception error)
        {
            clock.Failed(error);
            throw;
        }
    }

    /// <summary>
    /// The call with the time that its deadline leaves, where it runs in a worker process: that is ended then. Loops in
    /// the service itself are told by the gate.
    /// </summary>
    public Invocation Timed(JaxFunction function, Invocation call, int? deadlineMs, long began)
    {
        if (!function.IsIsolated)
        {
            return call;
        }

        var deadline = Math.Min(deadlineMs ?? int.MaxValue, Options.Admission.MaxDeadlineMs);
        var left = TimeSpan.FromMilliseconds(deadline) - System.Diagnostics.Stopwatch.GetElapsedTime(began);
        return call with { Timeout = left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1) };
    }

    /// <summary>The function that the address names: <c>name</c> or <c>name@version</c>.</summary>
    public static string Reference(HttpContext context) => (string)context.Request.RouteValues["name"]!;
}

/// <summary>Attaches its documentation to an endpoint.</summary>
internal static class Described
{
    public static void Describe(this IEndpointConventionBuilder endpoint, OperationDoc doc) =>
        endpoint.WithMetadata(doc);
}
