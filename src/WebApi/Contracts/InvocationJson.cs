using System.Text.Json;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes the answers of invoke and eval-shape.</summary>
internal static class InvocationJson
{
    private static readonly JsonEncodedText Outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText Treedef = JsonEncodedText.Encode("treedef");
    private static readonly JsonEncodedText Function = JsonEncodedText.Encode("function");
    private static readonly JsonEncodedText ShapeKey = JsonEncodedText.Encode("shapeKey");
    private static readonly JsonEncodedText Cache = JsonEncodedText.Encode("cache");
    private static readonly JsonEncodedText Warnings = JsonEncodedText.Encode("warnings");
    private static readonly JsonEncodedText ElapsedMs = JsonEncodedText.Encode("elapsedMs");

    private static readonly JsonEncodedText[] Outcomes =
    [
        .. Enum.GetNames<CacheOutcome>().Select(name => JsonEncodedText.Encode(name.ToLowerInvariant())),
    ];

    public static void Write(Utf8JsonWriter json, (InvocationResult Result, ArrayEncoding Encoding) answer)
    {
        var result = answer.Result;
        json.WriteStartObject();
        json.WritePropertyName(Outputs);
        TreeJson.Write(json, result.Outputs, answer.Encoding);
        json.WriteString(Treedef, result.Outputs.Structure.ToString());
        Rest(json, result.Function, result.ShapeKey, result.Cache, result.Warnings, result.ElapsedMs);
        json.WriteEndObject();
    }

    public static void WriteShapes(Utf8JsonWriter json, EvalShapeResult result)
    {
        json.WriteStartObject();
        json.WritePropertyName(Outputs);
        TreeJson.WriteShapes(json, result.Outputs);
        json.WriteString(Treedef, result.Outputs.Structure.ToString());
        Rest(json, result.Function, result.ShapeKey, result.Cache, result.Warnings, result.ElapsedMs);
        json.WriteEndObject();
    }

    private static void Rest(
        Utf8JsonWriter json,
        string function,
        string shapeKey,
        CacheOutcome cache,
        IReadOnlyList<string> warnings,
        double elapsedMs
    )
    {
        json.WriteString(Function, function);
        json.WriteString(ShapeKey, shapeKey);
        json.WriteString(Cache, Outcomes[(int)cache]);
        json.WriteStartArray(Warnings);
        for (var i = 0; i < warnings.Count; i++)
        {
            json.WriteStringValue(warnings[i]);
        }

        json.WriteEndArray();
        json.WriteNumber(ElapsedMs, Math.Round(elapsedMs, 4));
    }
}
