using System.Text.Json;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Trees;

/// <summary>One case of tests/goldens/trees/cases.json: structures over ints, as its README describes them.</summary>
internal static class GoldenTree
{
    private static readonly Lazy<IReadOnlyList<JsonElement>> Cases = new(() =>

        [
            .. JsonDocument
                .Parse(File.ReadAllBytes(Path.Combine(Goldens.Folder, "trees", "cases.json")))
                .RootElement.EnumerateArray(),
        ]
    );

    public static TheoryData<string> Names(string kind) =>
        [
            .. Cases
                .Value.Where(c => c.GetProperty("kind").GetString() == kind)
                .Select(c => c.GetProperty("name").GetString()!),
        ];

    public static JsonElement Of(string name) => Cases.Value.Single(c => c.GetProperty("name").GetString() == name);

    public static PyTree<long> Read(JsonElement tree) => new(Structure(tree), [.. Leaves(tree)]);

    public static long[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt64())];

    public static string? ErrorText(JsonElement error) =>
        error.ValueKind == JsonValueKind.Null ? null : error.GetProperty("text").GetString();

    private static TreeDef Structure(JsonElement tree) =>
        Kind(tree) switch
        {
            "leaf" => TreeDef.Leaf,
            "none" => TreeDef.None,
            "tuple" => TreeDef.Tuple([.. Children(tree).Select(Structure)]),
            "list" => TreeDef.List([.. Children(tree).Select(Structure)]),
            "dict" => TreeDef.Dict(Texts(tree, "keys"), [.. Children(tree).Select(Structure)]),
            "ordereddict" => TreeDef.OrderedDict(Texts(tree, "keys"), [.. Children(tree).Select(Structure)]),
            "namedtuple" => TreeDef.NamedTuple(
                tree.GetProperty("name").GetString()!,
                Texts(tree, "fields"),
                [.. Children(tree).Select(Structure)]
            ),
            var other => throw new InvalidDataException($"unknown node {other}"),
        };

    // In flatten order: what a dict's text gives in the order of its keys comes sorted by code point, as UTF-8 sorts.
    private static IEnumerable<long> Leaves(JsonElement tree) =>
        Kind(tree) switch
        {
            "leaf" => [tree.GetProperty("value").GetInt64()],
            "none" => [],
            "dict" => Texts(tree, "keys")
                .OrderBy(key => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal)
                .SelectMany(key => Leaves(tree.GetProperty("c").GetProperty(key))),
            _ => Children(tree).SelectMany(Leaves),
        };

    private static string Kind(JsonElement tree) => tree.GetProperty("t").GetString()!;

    private static IEnumerable<JsonElement> Children(JsonElement tree) =>
        Kind(tree) == "dict"
            ? Texts(tree, "keys").Select(key => tree.GetProperty("c").GetProperty(key))
            : tree.GetProperty("c").EnumerateArray();

    private static string[] Texts(JsonElement tree, string property) =>
        [.. tree.GetProperty(property).EnumerateArray().Select(text => text.GetString()!)];
}
