using System.Text.Json;
using System.Text.Json.Nodes;

namespace Torch2Jax.Conformance.Goldens;

/// <summary>Trees as the REST contract writes them, both ways.</summary>
internal static class WireTree
{
    public static JsonNode? Write(GoldenTree tree) =>
        tree.Kind switch
        {
            NodeKind.Leaf => WriteLeaf(tree),
            NodeKind.Tuple => new JsonObject { ["$tuple"] = WriteAll(tree.Children) },
            NodeKind.List => WriteAll(tree.Children),
            NodeKind.Dict => new JsonObject(
                tree.Keys.Zip(tree.Children, (key, child) => KeyValuePair.Create(Escaped(key), Write(child)))
            ),
            NodeKind.Static => JsonNode.Parse(tree.Static.GetRawText()),
            _ => null,
        };

    public static JsonArray WriteAll(IEnumerable<GoldenTree> trees) => [.. trees.Select(Write)];

    public static JsonObject? WriteAll(IReadOnlyDictionary<string, GoldenTree>? trees) =>
        trees is null ? null : new JsonObject(trees.Select(item => KeyValuePair.Create(item.Key, Write(item.Value))));

    public static GoldenTree Read(JsonElement node)
    {
        switch (node.ValueKind)
        {
            case JsonValueKind.Null:
                return GoldenTree.None;
            case JsonValueKind.Array:
                return new(NodeKind.List) { Children = [.. node.EnumerateArray().Select(Read)] };
            case JsonValueKind.Object when node.TryGetProperty("$tuple", out var items):
                return GoldenTree.Tuple([.. items.EnumerateArray().Select(Read)]);
            case JsonValueKind.Object
                when node.TryGetProperty("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String:
                return ReadLeaf(node, dtype.GetString()!);
            case JsonValueKind.Object:
                return GoldenTree.Dict(node.EnumerateObject().Select(item => (Unescaped(item.Name), Read(item.Value))));
            default:
                return new(NodeKind.Static) { Static = node.Clone() };
        }
    }

    private static JsonObject WriteLeaf(GoldenTree leaf)
    {
        var node = new JsonObject
        {
            ["dtype"] = leaf.Dtype,
            ["shape"] = new JsonArray([.. leaf.Shape.Select(size => (JsonNode)size)]),
        };
        if (leaf.Data is not null)
        {
            var size = Elements.Size(leaf.Dtype);
            var data = new JsonArray();
            for (var at = 0; at < leaf.Data.Length; at += size)
            {
                data.Add(Elements.ToJson(leaf.Dtype, leaf.Data.AsSpan(at, size)));
            }

            node["data"] = data;
        }

        return node;
    }

    private static GoldenTree ReadLeaf(JsonElement node, string dtype)
    {
        long[] shape = [.. node.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var leaf = new GoldenTree(NodeKind.Leaf) { Dtype = dtype, Shape = shape };
        if (node.TryGetProperty("base64", out var text))
        {
            return leaf with { Data = text.GetBytesFromBase64() };
        }

        if (!node.TryGetProperty("data", out var values))
        {
            return leaf;
        }

        var size = Elements.Size(dtype);
        var data = new byte[leaf.Size * size];
        var at = 0;
        foreach (var value in Flat(values, Elements.IsComplex(dtype)))
        {
            Elements.FromJson(dtype, value, data.AsSpan(at, size));
            at += size;
        }

        return at == data.Length
            ? leaf with
            {
                Data = data,
            }
            : throw new FormatException($"{at} of {data.Length} bytes came");
    }

    /// <summary>The elements of nested lists; a pair of numbers is one element of a complex array.</summary>
    private static IEnumerable<JsonElement> Flat(JsonElement values, bool complex)
    {
        var isElement =
            values.ValueKind != JsonValueKind.Array
            || (complex && values.GetArrayLength() == 2 && values[0].ValueKind != JsonValueKind.Array);
        return isElement ? [values] : values.EnumerateArray().SelectMany(value => Flat(value, complex));
    }

    private static string Escaped(string key) => key.StartsWith('$') || key == "dtype" ? "$" + key : key;

    private static string Unescaped(string key) => key.StartsWith('$') ? key[1..] : key;
}
