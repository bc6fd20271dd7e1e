using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Example arguments as a version stores them: canonical JSON of shapes and static values, the same text for the same
/// example, whatever its data.
/// </summary>
internal static class ExampleText
{
    /// <summary>Positional arguments as a JSON array.</summary>
    public static string Write(IReadOnlyList<PyTree<IArgumentLeaf>> args) =>
        Text(writer =>
        {
            writer.WriteStartArray();
            foreach (var argument in args)
            {
                JsonTree.Write(writer, argument, WriteLeaf);
            }

            writer.WriteEndArray();
        });

    /// <summary>Keyword arguments as a JSON object, keys in order.</summary>
    public static string Write(IReadOnlyDictionary<string, PyTree<IArgumentLeaf>> kwargs) =>
        Text(writer =>
        {
            writer.WriteStartObject();
            foreach (var (name, argument) in kwargs.OrderBy(k => k.Key, StringComparer.Ordinal))
            {
                writer.WritePropertyName(name);
                JsonTree.Write(writer, argument, WriteLeaf);
            }

            writer.WriteEndObject();
        });

    /// <summary>Reads positional arguments.</summary>
    public static IReadOnlyList<PyTree<IArgumentLeaf>> ReadArgs(string json)
    {
        using var document = JsonDocument.Parse(json, JsonTree.Depth);
        return
        [
            .. document
                .RootElement.EnumerateArray()
                .Select((a, i) => JsonTree.Read<IArgumentLeaf>(a, $"[{i}]", ReadLeaf)),
        ];
    }

    /// <summary>Reads keyword arguments.</summary>
    public static IReadOnlyDictionary<string, PyTree<IArgumentLeaf>> ReadKwargs(string json)
    {
        using var document = JsonDocument.Parse(json, JsonTree.Depth);
        return document
            .RootElement.EnumerateObject()
            .ToDictionary(
                p => p.Name,
                p => JsonTree.Read<IArgumentLeaf>(p.Value, p.Name, ReadLeaf),
                StringComparer.Ordinal
            );
    }

    /// <summary>JSON as a text.</summary>
    public static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteLeaf(Utf8JsonWriter writer, IArgumentLeaf leaf)
    {
        if (Shapes.AvalOf(leaf) is { } shape)
        {
            writer.WriteStartObject();
            writer.WriteString("dtype", shape.Dtype.Name());
            writer.WriteStartArray("shape");
            foreach (var dimension in shape.Shape)
            {
                writer.WriteNumberValue(dimension);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            return;
        }

        switch (((StaticValue)leaf).Value)
        {
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteRawValue(Exact(number));
                break;
            case double number:
                writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case var text:
                writer.WriteStringValue((string)text);
                break;
        }
    }

    private static bool ReadLeaf(JsonElement element, string path, out IArgumentLeaf leaf)
    {
        leaf = element.ValueKind switch
        {
            JsonValueKind.True => new StaticValue(true),
            JsonValueKind.False => new StaticValue(false),
            JsonValueKind.String => new StaticValue(element.GetString()!),
            JsonValueKind.Number => new StaticValue(
                element.GetRawText().AsSpan().ContainsAny(".eE") ? (object)element.GetDouble() : element.GetInt64()
            ),
            JsonValueKind.Object
                when element.TryGetProperty("dtype", out var dtype)
                    && dtype.ValueKind == JsonValueKind.String
                    && element.TryGetProperty("shape", out var shape)
                    && shape.ValueKind == JsonValueKind.Array => new ShapeDtypeStruct(
                DTypes.Parse(dtype.GetString()!, path),
                shape.EnumerateArray().Select(d => d.GetInt64()).ToImmutableArray()
            ),
            _ => null!,
        };
        return leaf is not null;
    }

    // 3.0 must not come back as the integer 3.
    private static string Exact(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny(".eE") ? text : text + ".0";
    }
}
