using Torch2Jax.Functions;
using Torch2Jax.WebApi.Metrics;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/metrics: what Prometheus reads.</summary>
internal sealed class MetricsApi(ApiContext api, RequestCounts requests)
{
    public Task ReadAsync(HttpContext context)
    {
        var text = new PrometheusText();
        Requests(text);
        Functions(text);
        Process(text);
        context.Response.ContentType = PrometheusText.MediaType;
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    private void Requests(PrometheusText text)
    {
        text.Family("torch2jax_http_requests_total", "counter", "Answers by status.");
        foreach (var (status, count) in requests.ByStatus)
        {
            text.Sample("torch2jax_http_requests_total", count, ("status", $"{status}"));
        }

        text.Single("torch2jax_http_requests_running", "gauge", "Requests being answered.", requests.Running);
        text.Family("torch2jax_calls_running", "gauge", "Calls that run, by device.");
        foreach (var (device, running, _) in api.Gate.Load)
        {
            text.Sample("torch2jax_calls_running", running, ("device", device));
        }

        text.Family("torch2jax_calls_waiting", "gauge", "Calls that wait for their turn, by device.");
        foreach (var (device, _, waiting) in api.Gate.Load)
        {
            text.Sample("torch2jax_calls_waiting", waiting, ("device", device));
        }

        text.Single(
            "torch2jax_calls_stuck",
            "gauge",
            "Runs that outlived their deadline and go on.",
            api.Gate.Stuck.Count
        );
        text.Single("torch2jax_body_bytes", "gauge", "Bytes of request bodies held.", api.Budget.Used);
    }

    private void Functions(PrometheusText text)
    {
        const string latency = "torch2jax_call_duration_seconds";
        var functions = api.Statistics.All.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToArray();
        text.Family(latency, "histogram", "Duration of calls that succeeded, reading and writing included.");
        foreach (var (function, counts) in functions)
        {
            var sum = 0L;
            for (var i = 0; i < counts.Buckets.Length; i++)
            {
                sum += counts.Buckets[i];
                var bound = i < FunctionCounts.Bounds.Length ? $"{FunctionCounts.Bounds[i]:0.#####}" : "+Inf";
                text.Sample($"{latency}_bucket", sum, ("function", function), ("le", bound));
            }

            var ticks = counts.InputTicks + counts.WaitTicks + counts.RunTicks + counts.OutputTicks;
            text.Sample($"{latency}_sum", TimeSpan.FromTicks(ticks).TotalSeconds, ("function", function));
            text.Sample($"{latency}_count", sum, ("function", function));
        }

        text.Family("torch2jax_calls_failed_total", "counter", "Calls that failed.");
        foreach (var (function, counts) in functions)
        {
            text.Sample("torch2jax_calls_failed_total", counts.Failed, ("function", function));
        }

        text.Family("torch2jax_shape_cache_total", "counter", "Calls by what the shape cache knew.");
        foreach (var (function, counts) in functions)
        {
            foreach (var outcome in Enum.GetValues<CacheOutcome>())
            {
                var name = $"{outcome}".ToLowerInvariant();
                text.Sample(
                    "torch2jax_shape_cache_total",
                    counts.Outcome(outcome),
                    ("function", function),
                    ("outcome", name)
                );
            }
        }
    }

    private void Process(PrometheusText text)
    {
        var torch = api.Engine.Backend.Counters;
        text.Single("torch2jax_tensors", "gauge", "Tensors alive in results.", torch.Tensors);
        text.Single("torch2jax_programs", "gauge", "Programs compiled.", torch.Programs);
        text.Single("torch2jax_allocated_bytes", "gauge", "Bytes of tensors handed out.", torch.AllocatedBytes);
        text.Single("torch2jax_cached_bytes", "gauge", "Bytes kept for reuse.", torch.CachedBytes);
        text.Single("torch2jax_function_runs_total", "counter", "Runs of functions' graphs.", torch.FunctionRuns);
        text.Single(
            "torch2jax_ready",
            "gauge",
            "1 when calls are answered.",
            api.Engine.NotReadyReason is null ? 1 : 0
        );
        if (api.Engine.Registry is { } registry)
        {
            text.Single(
                "torch2jax_database_available",
                "gauge",
                "1 while the database answers.",
                registry.Available ? 1 : 0
            );
            text.Single("torch2jax_database_queued_writes", "gauge", "Cache writes that wait.", registry.QueuedWrites);
            text.Single(
                "torch2jax_database_dropped_writes_total",
                "counter",
                "Cache writes dropped.",
                registry.DroppedWrites
            );
        }

        text.Single("process_resident_memory_bytes", "gauge", "Resident memory.", Environment.WorkingSet);
        text.Single(
            "dotnet_gc_heap_bytes",
            "gauge",
            "The managed heap.",
            GC.GetTotalMemory(forceFullCollection: false)
        );
    }
}

/// <summary>The address of <see cref="MetricsApi"/>.</summary>
internal static class MetricsRoutes
{
    public static void MapMetrics(this WebApplication app)
    {
        var api = new MetricsApi(ApiContext.Of(app), app.Services.GetRequiredService<RequestCounts>());
        app.MapGet("/metrics", api.ReadAsync).Describe(ServiceDocs.Metrics);
    }
}
