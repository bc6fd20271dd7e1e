using System.Text.Json;
using Torch2Jax.WebApi.Metrics;

namespace Torch2Jax.WebApi.V2;

/// <summary>Writes statistics as Triton gives them.</summary>
internal static class StatisticsJson
{
    public static void Write(Utf8JsonWriter json, (string Reference, FunctionCounts Counts)[] models)
    {
        json.WriteStartObject();
        json.WriteStartArray("model_stats");
        foreach (var (reference, counts) in models)
        {
            WriteModel(json, reference, counts);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, string reference, FunctionCounts counts)
    {
        var at = reference.LastIndexOf('@');
        var done = counts.Succeeded;
        var total = counts.InputTicks + counts.WaitTicks + counts.RunTicks + counts.OutputTicks;
        json.WriteStartObject();
        json.WriteString("name", reference.AsSpan(0, at));
        json.WriteString("version", reference.AsSpan(at + 1));
        json.WriteNumber("last_inference", counts.LastMs);
        json.WriteNumber("inference_count", done);
        json.WriteNumber("execution_count", done);
        json.WriteStartObject("inference_stats");
        Duration(json, "success", done, total);
        Duration(json, "fail", counts.Failed, counts.FailTicks);
        Duration(json, "queue", done, counts.WaitTicks);
        Duration(json, "compute_input", done, counts.InputTicks);
        Duration(json, "compute_infer", done, counts.RunTicks);
        Duration(json, "compute_output", done, counts.OutputTicks);
        Duration(json, "cache_hit", 0, 0);
        Duration(json, "cache_miss", 0, 0);
        json.WriteEndObject();
        json.WriteStartArray("batch_stats");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Duration(Utf8JsonWriter json, string name, long count, long ticks)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", count);
        json.WriteNumber("ns", ticks * 100);
        json.WriteEndObject();
    }
}
