using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Commands.Arrays;

/// <summary>Prints what is known of stored arrays.</summary>
internal static class ArrayPrinter
{
    public static void Print(ParseResult parsed, StoredArraySummary array, bool created) =>
        Answer.Print(
            parsed,
            json =>
            {
                Fields(json, array);
                json.WriteBoolean("created", created);
            },
            text => text.WriteLine(Line(array))
        );

    public static string Line(StoredArraySummary array) =>
        array.Leaves is [{ Path: "" } only]
            ? $"{array.Name}: {only.Shape}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{array.Name}: {array.Leaves.Count} array{(array.Leaves.Count == 1 ? "" : "s")}, {array.Bytes} bytes"
            );

    public static void Fields(Utf8JsonWriter json, StoredArraySummary array)
    {
        json.WriteString("name", array.Name);
        json.WriteString("sha256", array.Sha256);
        json.WriteNumber("bytes", array.Bytes);
        json.WriteString("tree", array.Tree);
        json.WriteStartArray("leaves");
        foreach (var leaf in array.Leaves)
        {
            json.WriteStartObject();
            json.WriteString("path", leaf.Path);
            json.WriteString("dtype", leaf.Shape.Dtype.Name());
            json.WriteStartArray("shape");
            foreach (var size in leaf.Shape.Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("createdAt", array.CreatedAt.UtcDateTime);
    }
}
