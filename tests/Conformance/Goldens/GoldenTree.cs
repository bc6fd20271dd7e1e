using System.Text.Json;

namespace Torch2Jax.Conformance.Goldens;

internal enum NodeKind
{
    Leaf,
    Tuple,
    List,
    Dict,
    None,
    Static,
}

/// <summary>A tree of arrays as the recorded cases, the wire and the engine all know it. A float0 is a None here.</summary>
internal sealed record GoldenTree(NodeKind Kind)
{
    public static readonly GoldenTree None = new(NodeKind.None);

    public IReadOnlyList<GoldenTree> Children { get; init; } = [];

    /// <summary>Keys of a dict, one for each child.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public string Dtype { get; init; } = "";

    public long[] Shape { get; init; } = [];

    /// <summary>Row-major little-endian elements; null where the leaf is a shape alone.</summary>
    public byte[]? Data { get; init; }

    public JsonElement Static { get; init; }

    public long Size => Shape.Aggregate(1L, (all, next) => all * next);

    public int LeafCount => Kind == NodeKind.Leaf ? 1 : Children.Sum(child => child.LeafCount);

    public static GoldenTree Tuple(params IReadOnlyList<GoldenTree> children) =>
        new(NodeKind.Tuple) { Children = children };

    public static GoldenTree Read(JsonElement node, NpzFile? arrays) =>
        node.GetProperty("t").GetString() switch
        {
            "leaf" => Leaf(node, arrays),
            "tuple" => Tuple([.. node.GetProperty("c").EnumerateArray().Select(child => Read(child, arrays))]),
            "list" => new(NodeKind.List)
            {
                Children = [.. node.GetProperty("c").EnumerateArray().Select(child => Read(child, arrays))],
            },
            "dict" => Dict(
                node.GetProperty("c").EnumerateObject().Select(item => (item.Name, Read(item.Value, arrays)))
            ),
            "none" or "float0" => None,
            "static" => new(NodeKind.Static) { Static = node.GetProperty("value") },
            var other => throw new NotSupportedException($"tree node '{other}'"),
        };

    public static IReadOnlyList<GoldenTree> ReadList(JsonElement nodes, NpzFile? arrays) =>
        [.. nodes.EnumerateArray().Select(node => Read(node, arrays))];

    /// <summary>A dict with its keys in JAX's order.</summary>
    public static GoldenTree Dict(IEnumerable<(string Key, GoldenTree Child)> items)
    {
        var sorted = items.OrderBy(item => item.Key, StringComparer.Ordinal).ToArray();
        return new(NodeKind.Dict)
        {
            Keys = [.. sorted.Select(item => item.Key)],
            Children = [.. sorted.Select(item => item.Child)],
        };
    }

    public GoldenTree Map(Func<GoldenTree, GoldenTree> leaf) =>
        Kind == NodeKind.Leaf ? leaf(this) : this with { Children = [.. Children.Select(child => child.Map(leaf))] };

    public IEnumerable<GoldenTree> Leaves() =>
        Kind == NodeKind.Leaf ? [this] : Children.SelectMany(child => child.Leaves());

    public GoldenTree ShapesAlone() => Map(leaf => leaf with { Data = null });

    public GoldenTree Zeros() => Map(leaf => leaf with { Data = new byte[leaf.Size * Elements.Size(leaf.Dtype)] });

    /// <summary>JAX's convention from torch's, for complex leaves.</summary>
    public GoldenTree Conjugated() =>
        Map(leaf =>
        {
            if (!Elements.IsComplex(leaf.Dtype) || leaf.Data is null)
            {
                return leaf;
            }

            var data = (byte[])leaf.Data.Clone();
            var size = Elements.Size(leaf.Dtype);
            for (var end = size - 1; end < data.Length; end += size)
            {
                data[end] ^= 0x80; // the sign of the imaginary part
            }

            return leaf with
            {
                Data = data,
            };
        });

    private static GoldenTree Leaf(JsonElement node, NpzFile? arrays)
    {
        var hasArray = node.TryGetProperty("ref", out var name) && arrays is not null;
        return new(NodeKind.Leaf)
        {
            Dtype = node.GetProperty("dtype").GetString()!,
            Shape = [.. node.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
            Data = hasArray ? arrays!.Read(name.GetString()!) : null,
        };
    }
}
