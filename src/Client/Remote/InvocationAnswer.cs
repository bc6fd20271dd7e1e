using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Reads the answers of invoke and eval-shape, arrays straight into their memory.</summary>
internal static class InvocationAnswer
{
    // The service has limits of its own; what it sends was asked for.
    private static readonly ReadLimits Limits = new(int.MaxValue, long.MaxValue, int.MaxValue, 256);

    public static InvocationResult Read(byte[] bytes)
    {
        var fields = ReadFields(bytes);
        return new InvocationResult(
            fields.Outputs!.Map(leaf => (NDArray)leaf),
            fields.Function!,
            fields.ShapeKey!,
            fields.Cache,
            fields.Warnings!,
            fields.ElapsedMs
        );
    }

    public static EvalShapeResult ReadShapes(byte[] bytes)
    {
        var fields = ReadFields(bytes);
        return new EvalShapeResult(
            fields.Outputs!.Map(leaf => (ShapeDtypeStruct)leaf),
            fields.Function!,
            fields.ShapeKey!,
            fields.Cache,
            fields.Warnings!,
            fields.ElapsedMs
        );
    }

    private static Fields ReadFields(byte[] bytes)
    {
        var fields = new Fields();
        var reader = new Utf8JsonReader(bytes, TreeJson.ReaderOptions);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                ReadField(ref reader, ref fields);
            }

            return fields is { Outputs: not null, Function: not null, ShapeKey: not null, Warnings: not null }
                ? fields
                : throw new JsonException("a field is missing");
        }
        catch
        {
            foreach (var leaf in fields.Outputs?.Leaves ?? [])
            {
                (leaf as NDArray)?.Dispose();
            }

            throw;
        }
    }

    private static void ReadField(ref Utf8JsonReader reader, ref Fields fields)
    {
        var name = reader.GetString();
        reader.Read();
        switch (name)
        {
            case "outputs":
                fields.Outputs = TreeJson.Read(ref reader, "outputs", Limits);
                break;
            case "function":
                fields.Function = reader.GetString();
                break;
            case "shapeKey":
                fields.ShapeKey = reader.GetString();
                break;
            case "cache":
                fields.Cache = Enum.Parse<CacheOutcome>(reader.GetString()!, ignoreCase: true);
                break;
            case "warnings":
                fields.Warnings = JsonSerializer.Deserialize<string[]>(ref reader);
                break;
            case "elapsedMs":
                fields.ElapsedMs = reader.GetDouble();
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private struct Fields
    {
        public PyTree<IArgumentLeaf>? Outputs;
        public string? Function;
        public string? ShapeKey;
        public CacheOutcome Cache;
        public string[]? Warnings;
        public double ElapsedMs;
    }
}
