using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Torch2Jax.WebApi.Cli;
using Torch2Jax.WebApi.Metrics;

namespace Torch2Jax.WebApi.Telemetry;

/// <summary>The service's numbers and, where a collector is named, traces and metrics exported to it over OTLP.</summary>
internal static class TelemetrySetup
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Metrics").Get<MetricsOptions>() ?? new MetricsOptions();
        builder.Services.AddSingleton<ServiceMeter>();
        builder.Services.AddSingleton<RequestCounts>();
        builder.Services.AddSingleton(services => new CallStatistics(
            services.GetRequiredService<ServiceMeter>(),
            options.MaxFunctions
        ));
        builder.Services.AddSingleton<Instruments>();
        builder.Services.AddSingleton<CallHistory>();
        builder.Services.AddHostedService<HistorySampler>();

        var settings = builder.Configuration;
        var traces = IsNamed(settings, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        var metrics = IsNamed(settings, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
        if (!(traces || metrics) || settings.GetValue<bool>("OTEL_SDK_DISABLED"))
        {
            return;
        }

        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("torch2jax", serviceVersion: Verbs.Version));
        if (traces)
        {
            telemetry.WithTracing(tracing => tracing.AddSource(ServiceMeter.Name).AddOtlpExporter());
        }

        if (metrics)
        {
            telemetry.WithMetrics(all => all.AddMeter(ServiceMeter.Name, "System.Runtime").AddOtlpExporter());
        }
    }

    private static bool IsNamed(ConfigurationManager settings, string own) =>
        !string.IsNullOrWhiteSpace(settings[own]) || !string.IsNullOrWhiteSpace(settings[Endpoint]);
}

/// <summary>How much is told apart.</summary>
internal sealed class MetricsOptions
{
    /// <summary>Function versions with a label of their own; further ones are counted together as <c>other</c>.</summary>
    public int MaxFunctions { get; init; } = 1000;
}
