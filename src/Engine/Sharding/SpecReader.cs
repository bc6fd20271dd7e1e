using System.Collections.Immutable;
using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Sharding;

/// <summary>
/// Reads trees of PartitionSpecs. A spec is <c>{"$spec":["x",null]}</c>, or the array alone where nothing but names,
/// nulls and arrays of names is in it; every other array is a list of trees.
/// </summary>
internal static class SpecReader
{
    public static PyTree<PartitionSpec?> Read(JsonElement element, string path) =>
        element.ValueKind switch
        {
            JsonValueKind.Null => PyTree.Leaf<PartitionSpec?>(null),
            JsonValueKind.Array when IsSpec(element) => PyTree.Leaf<PartitionSpec?>(ReadSpec(element, path)),
            JsonValueKind.Array => PyTree.List(ReadItems(element, path)),
            JsonValueKind.Object => ReadObject(element, path),
            _ => throw Malformed(
                "a spec such as [\"x\",null] or {\"$spec\":[\"x\",null]}, null, or a tree of them",
                path
            ),
        };

    public static EngineException Malformed(string expected, string path) =>
        new(ErrorCode.MalformedRequest, $"Expected {expected}.", path);

    private static PyTree<PartitionSpec?> ReadObject(JsonElement element, string path)
    {
        if (element.TryGetProperty("$spec", out var spec))
        {
            return spec.ValueKind == JsonValueKind.Array && IsSpec(spec)
                ? PyTree.Leaf<PartitionSpec?>(ReadSpec(spec, path))
                : throw Malformed(
                    "a list with one entry a dimension: an axis name, a list of names, or null",
                    $"{path}.$spec"
                );
        }

        if (element.TryGetProperty("$tuple", out var items) && items.ValueKind == JsonValueKind.Array)
        {
            return PyTree.Tuple(ReadItems(items, path));
        }

        return PyTree.Dict(
            element
                .EnumerateObject()
                .DistinctBy(property => property.Name)
                .Select(property =>
                    KeyValuePair.Create(
                        property.Name.StartsWith("$$", StringComparison.Ordinal) ? property.Name[1..] : property.Name,
                        Read(property.Value, $"{path}.{property.Name}")
                    )
                )
        );
    }

    private static PyTree<PartitionSpec?>[] ReadItems(JsonElement element, string path) =>
        [.. element.EnumerateArray().Select((item, i) => Read(item, $"{path}[{i}]"))];

    private static bool IsSpec(JsonElement element) =>
        element
            .EnumerateArray()
            .All(entry =>
                entry.ValueKind is JsonValueKind.Null or JsonValueKind.String
                || (
                    entry.ValueKind == JsonValueKind.Array
                    && entry.GetArrayLength() > 0
                    && entry.EnumerateArray().All(axis => axis.ValueKind == JsonValueKind.String)
                )
            );

    private static PartitionSpec ReadSpec(JsonElement element, string path)
    {
        var dimensions = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        foreach (var entry in element.EnumerateArray())
        {
            dimensions.Add(
                entry.ValueKind switch
                {
                    JsonValueKind.Null => [],
                    JsonValueKind.String => [entry.GetString()!],
                    JsonValueKind.Array => [.. entry.EnumerateArray().Select(axis => axis.GetString()!)],
                    _ => throw Malformed("an axis name, a list of names, or null", path),
                }
            );
        }

        return new PartitionSpec(dimensions.ToImmutable());
    }
}
