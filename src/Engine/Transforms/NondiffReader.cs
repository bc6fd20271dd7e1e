using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Reads <c>nondiffArgnums</c> and <c>nondiffMask</c> of a registration.</summary>
public static class NondiffReader
{
    /// <summary>Reads a list of positions.</summary>
    /// <exception cref="EngineException">MalformedRequest, with the place.</exception>
    public static NondiffOption Argnums(JsonElement element, string path = "nondiffArgnums")
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw OptionReader.Malformed("a list of positions", element, path);
        }

        return new NondiffOption(
            [.. element.EnumerateArray().Select((item, i) => Position(item, $"{path}[{i}]"))],
            null
        );
    }

    /// <summary>Reads one tree of booleans an argument.</summary>
    /// <exception cref="EngineException">MalformedRequest, with the place.</exception>
    public static NondiffOption Mask(JsonElement element, string path = "nondiffMask") =>
        element.ValueKind == JsonValueKind.Array
            ? new NondiffOption(null, ReadItems(element, path))
            : throw OptionReader.Malformed("a list with one tree of booleans an argument", element, path);

    private static int Position(JsonElement item, string path) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var position)
            ? position
            : throw OptionReader.Malformed("a position (an integer)", item, path);

    private static PyTree<bool>[] ReadItems(JsonElement element, string path) =>
        [.. element.EnumerateArray().Select((item, i) => ReadTree(item, $"{path}[{i}]"))];

    private static PyTree<bool> ReadTree(JsonElement element, string path) =>
        element.ValueKind switch
        {
            JsonValueKind.True => PyTree.Leaf(true),
            JsonValueKind.False or JsonValueKind.Null => PyTree.Leaf(false),
            JsonValueKind.Array => PyTree.List(ReadItems(element, path)),
            JsonValueKind.Object
                when element.TryGetProperty("$tuple", out var items) && items.ValueKind == JsonValueKind.Array =>
                PyTree.Tuple(ReadItems(items, path)),
            JsonValueKind.Object => PyTree.Dict(
                element
                    .EnumerateObject()
                    .DistinctBy(property => property.Name)
                    .Select(property =>
                        KeyValuePair.Create(
                            property.Name.StartsWith("$$", StringComparison.Ordinal)
                                ? property.Name[1..]
                                : property.Name,
                            ReadTree(property.Value, $"{path}.{property.Name}")
                        )
                    )
            ),
            _ => throw OptionReader.Malformed("true, false, null or a tree of them", element, path),
        };
}
