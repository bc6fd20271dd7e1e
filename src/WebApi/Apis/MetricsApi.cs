using Torch2Jax.WebApi.Metrics;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/metrics: what Prometheus reads.</summary>
internal static class MetricsApi
{
    public static void MapMetrics(this WebApplication app)
    {
        // The instruments are there from now on, for /metrics and for OTLP.
        _ = app.Services.GetRequiredService<Instruments>();
        var reader = new PrometheusReader(
            app.Services.GetRequiredService<ServiceMeter>(),
            app.Services.GetRequiredService<CallStatistics>()
        );
        app.MapGet(
                "/metrics",
                context =>
                {
                    context.Response.ContentType = PrometheusText.MediaType;
                    return context.Response.WriteAsync(reader.Read(), context.RequestAborted);
                }
            )
            .Describe(ServiceDocs.Metrics);
    }
}
