using System.Text.Json;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Cli;

namespace Torch2Jax.WebApi.V2;

/// <summary>/v2 and /v2/health: the server itself.</summary>
internal sealed class ServerApi(HealthApi health)
{
    private static readonly string[] Extensions =
    [
        "binary_tensor_data",
        "model_repository",
        "statistics",
        "parameters",
    ];

    public static Task MetadataAsync(HttpContext context) => JsonAnswer.WriteAsync(context, 200, Extensions, Write);

    public static Task LiveAsync(HttpContext context) => JsonAnswer.WriteAsync(context, 200, "live", WriteTrue);

    public Task ReadyAsync(HttpContext context) =>
        health.NotReadyReason is { } reason
            ? throw new Errors.EngineException(Errors.ErrorCode.NotReady, reason)
            : JsonAnswer.WriteAsync(context, 200, "ready", WriteTrue);

    private static void WriteTrue(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteBoolean(name, true);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string[] extensions)
    {
        json.WriteStartObject();
        json.WriteString("name", "torch2jax");
        json.WriteString("version", Verbs.Version);
        json.WriteStartArray("extensions");
        foreach (var extension in extensions)
        {
            json.WriteStringValue(extension);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
