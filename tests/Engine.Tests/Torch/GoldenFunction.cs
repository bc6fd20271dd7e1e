using System.Collections.Immutable;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Torch;

/// <summary>One case of tests/goldens/functions/cases.json, as its README describes it.</summary>
internal sealed class GoldenFunction(JsonElement json)
{
    private static readonly Lazy<IReadOnlyDictionary<string, GoldenFunction>> Cases = new(Load);

    public static IEnumerable<string> Names => Cases.Value.Keys;

    public string Source => json.GetProperty("source").GetString()!;

    public string Entry => json.GetProperty("entry").GetString()!;

    public bool Is64Bit => json.GetProperty("x64").GetBoolean();

    public string TreeDef => json.GetProperty("treedef").GetString()!;

    public string ShapeKey => json.GetProperty("shape_key").GetString()!;

    public string OutTreeDef => json.GetProperty("out_treedef").GetString()!;

    public JsonElement Outputs => json.GetProperty("outputs");

    public double Rtol => json.GetProperty("rtol").GetDouble();

    public double Atol => json.GetProperty("atol").GetDouble();

    public bool HasKwargs => json.GetProperty("kwargs").ValueKind == JsonValueKind.Object;

    private static string Folder { get; } = Path.Combine(Goldens.Folder, "functions");

    public string ArraysFile => Path.Combine(Folder, json.GetProperty("name").GetString() + ".npz");

    public bool Has(string feature) =>
        json.GetProperty("features").EnumerateArray().Any(given => given.GetString() == feature);

    /// <summary>A field that not every case has.</summary>
    public JsonElement? Find(string field) =>
        json.TryGetProperty(field, out JsonElement found) && found.ValueKind != JsonValueKind.Null ? found : null;

    public static GoldenFunction Of(string name) => Cases.Value[name];

    public override string ToString() => json.GetProperty("name").GetString()!;

    /// <summary>The positional arguments; what a leaf becomes is the caller's choice.</summary>
    public IReadOnlyList<PyTree<IArgumentLeaf>> Args(Func<JsonElement, IArgumentLeaf> leaf) =>
        [.. json.GetProperty("args").EnumerateArray().Select(tree => ReadTree(tree, leaf))];

    /// <summary>The keyword arguments; null where the case has none at all.</summary>
    public IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs(Func<JsonElement, IArgumentLeaf> leaf) =>
        HasKwargs
            ? json.GetProperty("kwargs").EnumerateObject().ToDictionary(p => p.Name, p => ReadTree(p.Value, leaf))
            : null;

    /// <summary>A leaf as JAX sees it: without its array, and in 32 bits where the case says so.</summary>
    public IArgumentLeaf AsShape(JsonElement leaf)
    {
        string dtype = leaf.GetProperty("dtype").GetString()!;
        if (!Is64Bit)
        {
            dtype = dtype.Replace("64", "32", StringComparison.Ordinal);
        }
        return new ShapeDtypeStruct(DTypes.Parse(dtype), Shape(leaf));
    }

    public static ImmutableArray<long> Shape(JsonElement leaf) =>
        [.. leaf.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];

    public static PyTree<IArgumentLeaf> ReadTree(JsonElement tree, Func<JsonElement, IArgumentLeaf> leaf) =>
        tree.GetProperty("t").GetString() switch
        {
            "leaf" => PyTree.Leaf(leaf(tree)),
            "none" or "float0" => PyTree.None<IArgumentLeaf>(),
            "static" => PyTree.Leaf<IArgumentLeaf>(new StaticValue(Scalar(tree.GetProperty("value")))),
            "tuple" => PyTree.Tuple(Children(tree, leaf)),
            "list" => PyTree.List(Children(tree, leaf)),
            "dict" => PyTree.Dict(
                tree.GetProperty("c")
                    .EnumerateObject()
                    .Select(p => KeyValuePair.Create(p.Name, ReadTree(p.Value, leaf)))
            ),
            var other => throw new InvalidDataException($"unknown node {other}"),
        };

    private static PyTree<IArgumentLeaf>[] Children(JsonElement tree, Func<JsonElement, IArgumentLeaf> leaf) =>
        [.. tree.GetProperty("c").EnumerateArray().Select(child => ReadTree(child, leaf))];

    private static object Scalar(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ when value.TryGetInt64(out long integer) => integer,
            _ => value.GetDouble(),
        };

    private static Dictionary<string, GoldenFunction> Load()
    {
        using FileStream file = File.OpenRead(Path.Combine(Folder, "cases.json"));
        JsonDocument document = JsonDocument.Parse(file);
        return document
            .RootElement.EnumerateArray()
            .ToDictionary(c => c.GetProperty("name").GetString()!, c => new GoldenFunction(c));
    }
}
