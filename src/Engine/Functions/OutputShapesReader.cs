using System.Collections.Immutable;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Reads <c>outputShapes</c>: a tree whose leaves are <c>{"dtype":"float32","shape":[2,3]}</c>, where the dtype may be
/// left out.
/// </summary>
public static class OutputShapesReader
{
    /// <summary>Reads the value at the reader's position; null gives null.</summary>
    /// <param name="reader">At the value's first token, or right before it.</param>
    /// <param name="path">Where the value stands, for errors.</param>
    /// <exception cref="Errors.EngineException">MalformedRequest or UnsupportedDtype, with the path to the place.</exception>
    public static PyTree<OutputShapeLeaf>? Read(ref Utf8JsonReader reader, string path)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Read(document.RootElement, path);
    }

    /// <summary>Reads a value; null gives null.</summary>
    /// <exception cref="Errors.EngineException">MalformedRequest or UnsupportedDtype, with the path to the place.</exception>
    public static PyTree<OutputShapeLeaf>? Read(JsonElement element, string path) =>
        element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined
            ? null
            : JsonTree.Read<OutputShapeLeaf>(element, path, ReadLeaf);

    // An object is a leaf when its "shape" is an array of numbers (or empty); as a dict's value that could be no tree.
    private static bool ReadLeaf(JsonElement element, string path, out OutputShapeLeaf leaf)
    {
        leaf = null!;
        if (
            element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("shape", out var shape)
            || shape.ValueKind != JsonValueKind.Array
            || !shape.EnumerateArray().All(d => d.ValueKind == JsonValueKind.Number)
        )
        {
            return false;
        }

        DType? dtype = null;
        if (element.TryGetProperty("dtype", out var name) && name.ValueKind != JsonValueKind.Null)
        {
            dtype =
                name.ValueKind == JsonValueKind.String
                    ? DTypes.Parse(name.GetString()!, $"{path}.dtype")
                    : throw JsonTree.Malformed(
                        $"{path}.dtype is {JsonTree.Kind(name)}; a dtype's name belongs here.",
                        $"{path}.dtype"
                    );
        }

        leaf = new OutputShapeLeaf(dtype, ReadShape(shape, $"{path}.shape"));
        return true;
    }

    private static ImmutableArray<long> ReadShape(JsonElement shape, string path)
    {
        var dimensions = ImmutableArray.CreateBuilder<long>(shape.GetArrayLength());
        foreach (var dimension in shape.EnumerateArray())
        {
            if (!dimension.TryGetInt64(out var size) || size < 0)
            {
                throw JsonTree.Malformed(
                    $"{path} has {dimension.GetRawText()}; dimensions are integers from 0 on.",
                    path
                );
            }

            dimensions.Add(size);
        }

        return dimensions.MoveToImmutable();
    }
}
