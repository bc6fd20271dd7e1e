using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/health: alive (the process answers) and ready (calls would be answered).</summary>
internal sealed class HealthApi(ApiContext api)
{
    public static Task LiveAsync(HttpContext context) =>
        JsonAnswer.WriteAsync(
            context,
            200,
            "live",
            static (json, status) =>
            {
                json.WriteStartObject();
                json.WriteString("status", status);
                json.WriteEndObject();
            }
        );

    public Task ReadyAsync(HttpContext context) =>
        NotReadyReason is { } reason
            ? ProblemWriter.WriteAsync(
                context,
                ErrorTable.For(ErrorCode.NotReady),
                reason,
                null,
                json => WriteParts(json, api)
            )
            : JsonAnswer.WriteAsync(context, 200, api, Write);

    /// <summary>Why calls would not be answered now; null where they would.</summary>
    public string? NotReadyReason =>
        api.Engine.NotReadyReason
        ?? (
            api.Gate.Stuck.TooMany
                ? $"{api.Gate.Stuck.Count} calls have outlived their deadlines and still run; the service needs a restart."
                : null
        );

    // A database that is away does not make the service unready: known functions answer all the same.
    private static void Write(Utf8JsonWriter json, ApiContext api)
    {
        var registry = api.Engine.Registry;
        json.WriteStartObject();
        json.WriteString("status", "ready");
        WriteParts(json, api);
        json.WriteString("database", registry is { Available: true } ? "available" : "away");
        json.WriteNumber("queuedWrites", registry?.QueuedWrites ?? 0);
        json.WriteNumber("droppedWrites", registry?.DroppedWrites ?? 0);
        json.WriteNumber("stuckCalls", api.Gate.Stuck.Count);
        json.WriteStartArray("queues");
        foreach (var (device, running, waiting) in api.Gate.Load)
        {
            json.WriteStartObject();
            json.WriteString("device", device);
            json.WriteNumber("running", running);
            json.WriteNumber("waiting", waiting);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        IsolationJson.Write(json, api.Engine);
        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, ApiContext api)
    {
        json.WriteStartObject("parts");
        json.WriteString("engine", api.Engine.IsThere ? "ready" : "waiting");
        json.WriteString("database", api.Engine.Registry is { Available: true } ? "available" : "away");
        json.WriteString("warmUp", api.Engine.IsWarm ? "done" : "waiting");
        json.WriteString("calls", api.Gate.Stuck.TooMany ? "stuck" : "ready");
        json.WriteString("workers", api.Engine.Workers.Status);
        json.WriteEndObject();
    }
}

/// <summary>The addresses of <see cref="HealthApi"/>.</summary>
internal static class HealthRoutes
{
    public static void MapHealth(this WebApplication app)
    {
        var api = new HealthApi(ApiContext.Of(app));
        app.MapGet("/health/live", HealthApi.LiveAsync).Describe(ServiceDocs.Live);
        app.MapGet("/health/ready", api.ReadyAsync).Describe(ServiceDocs.Ready);
    }
}
