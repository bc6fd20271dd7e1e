using System.CommandLine;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Commands;

/// <summary>Prints the answer of a call.</summary>
internal static class ResultPrinter
{
    // More than this nobody reads on a terminal.
    private const int MostElements = 1000;

    public static void Print(ParseResult parsed, InvocationResult result, IReadOnlyList<string> files) =>
        Answer.Print(parsed, json => WriteJson(json, result, files), text => WriteText(text, result, files));

    private static void WriteJson(Utf8JsonWriter json, InvocationResult result, IReadOnlyList<string> files)
    {
        json.WriteString("function", result.Function);
        json.WriteString("shapeKey", result.ShapeKey);
        json.WriteString("cache", result.Cache.ToString().ToLowerInvariant());
        json.WriteNumber("elapsedMs", Math.Round(result.ElapsedMs, 4));
        json.WriteString("treedef", result.Outputs.Structure.ToString());
        if (files.Count == 0)
        {
            json.WritePropertyName("outputs");
            TreeJson.Write(json, result.Outputs, ArrayEncoding.Nested);
            return;
        }

        json.WriteStartArray("files");
        foreach (var file in files)
        {
            json.WriteStringValue(file);
        }

        json.WriteEndArray();
        json.WriteStartObject("shapes");
        foreach (var (name, array) in ArrayFile.Named(result.Outputs))
        {
            json.WriteString(name, array.Aval.ToString());
        }

        json.WriteEndObject();
        json.WriteStartObject("scalars");
        foreach (var (name, array) in ArrayFile.Named(result.Outputs).Where(output => output.Value.Rank == 0))
        {
            json.WriteString(name, Values(array));
        }

        json.WriteEndObject();
    }

    private static void WriteText(TextWriter text, InvocationResult result, IReadOnlyList<string> files)
    {
        WriteArrays(text, result.Outputs);
        foreach (var file in files)
        {
            text.WriteLine($"-> {file}");
        }
    }

    /// <summary>Arrays with their values, of long ones without.</summary>
    public static void WriteArrays(TextWriter text, PyTree<NDArray> arrays)
    {
        foreach (var (name, array) in ArrayFile.Named(arrays))
        {
            text.WriteLine(
                array.Size <= MostElements
                    ? $"{name}: {array.Aval} {Values(array)}"
                    : $"{name}: {array.Aval} ({array.Size} elements; a file takes them all)"
            );
        }
    }

    private static string Values(NDArray array)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            ArrayJson.Write(json, array, ArrayEncoding.Nested);
        }

        var values = System.Text.Encoding.UTF8.GetString(buffer.ToArray());
        return array.Rank == 0 && values.StartsWith('[') && !DTypes.IsComplex(array.Dtype) ? values[1..^1] : values;
    }
}
