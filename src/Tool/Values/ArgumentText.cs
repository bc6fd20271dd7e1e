using System.Globalization;
using System.Text;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Values;

/// <summary>
/// An argument on the command line: <c>@file</c> or <c>@file#entry</c>, <c>float32:[[1,2],[3,4]]</c>, <c>ref:name</c> for a
/// stored array, or a tree as the REST API writes it.
/// </summary>
internal static class ArgumentText
{
    private const string Reference = "ref:";

    private static readonly ReadLimits Limits = ReadLimits.Default;

    /// <param name="text">The text.</param>
    /// <param name="place">Where it stands, for errors: <c>args[0]</c>.</param>
    public static PyTree<IArgumentLeaf> Read(string text, string place)
    {
        if (text.StartsWith('@'))
        {
            return ArgumentFile.Read(text[1..]);
        }

        if (text.StartsWith(Reference, StringComparison.Ordinal))
        {
            return PyTree.Leaf<IArgumentLeaf>(Stored(text[Reference.Length..], place));
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var json =
            colon > 0 && DTypes.TryParse(text.AsSpan(0, colon), out var dtype)
                ? Array(dtype, text[(colon + 1)..], place)
                : text;
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json), TreeJson.ReaderOptions);
            return TreeJson.Read(ref reader, place, Limits);
        }
        catch (EngineException error) when (error.Code == ErrorCode.MalformedRequest)
        {
            throw new ToolException(
                "usage",
                $"{error.Message} ({error.Path}) An argument is JSON, 'float32:[1,2,3]', 'ref:name', or '@file' with an array file."
            );
        }
    }

    private static ArrayReference Stored(string reference, string place)
    {
        try
        {
            return ArrayReference.Parse(reference, place);
        }
        catch (EngineException error)
        {
            throw new ToolException("usage", $"{error.Message} ({error.Path})");
        }
    }

    /// <summary>JSON for what is given by name: a tree, a list of transforms.</summary>
    public static JsonElement Json(string text, string option)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new ToolException("usage", $"{option} is not JSON: {error.Message}");
        }
    }

    private static string Array(DType dtype, string values, string place)
    {
        var shape = new List<int>();
        var level = Json(values, place);
        while (level.ValueKind == JsonValueKind.Array)
        {
            shape.Add(level.GetArrayLength());
            if (shape[^1] == 0)
            {
                break;
            }

            level = level[0];
        }

        // A complex number is itself a pair.
        if (DTypes.IsComplex(dtype) && shape.Count > 0)
        {
            shape.RemoveAt(shape.Count - 1);
        }

        var data = shape.Count == 0 ? $"[{values}]" : values;
        return new StringBuilder()
            .Append(
                CultureInfo.InvariantCulture,
                $"{{\"dtype\":\"{dtype.Name()}\",\"shape\":[{string.Join(',', shape)}],"
            )
            .Append(CultureInfo.InvariantCulture, $"\"data\":{data}}}")
            .ToString();
    }
}
