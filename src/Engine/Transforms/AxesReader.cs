using System.Text.Json;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Reads prefix trees of axes: integers, nulls (no axis), and containers as in every tree of a request.</summary>
internal static class AxesReader
{
    public static PyTree<int?> Read(JsonElement element, string path) =>
        element.ValueKind switch
        {
            JsonValueKind.Null => PyTree.Leaf<int?>(null),
            JsonValueKind.Number => PyTree.Leaf<int?>(ReadAxis(element, path)),
            JsonValueKind.Array => PyTree.List(ReadItems(element, path)),
            JsonValueKind.Object => ReadObject(element, path),
            _ => throw OptionReader.Malformed("an axis (an integer), null, or a tree of them", element, path),
        };

    public static int ReadAxis(JsonElement element, string path) =>
        element.TryGetInt32(out var axis) ? axis : throw OptionReader.Malformed("an axis (an integer)", element, path);

    private static PyTree<int?> ReadObject(JsonElement element, string path) =>
        element.TryGetProperty("$tuple", out var items) && items.ValueKind == JsonValueKind.Array
            ? PyTree.Tuple(ReadItems(items, path))
            : PyTree.Dict(
                element
                    .EnumerateObject()
                    .DistinctBy(property => property.Name)
                    .Select(property =>
                        KeyValuePair.Create(Unescape(property.Name), Read(property.Value, $"{path}.{property.Name}"))
                    )
            );

    private static PyTree<int?>[] ReadItems(JsonElement element, string path) =>
        [.. element.EnumerateArray().Select((item, i) => Read(item, $"{path}[{i}]"))];

    // A key that begins with '$' is written with one more.
    private static string Unescape(string key) => key.StartsWith("$$", StringComparison.Ordinal) ? key[1..] : key;
}
