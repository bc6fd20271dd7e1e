using System.Text.Json;
using Torch2Jax.Sharding;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Sharding;

/// <summary>One case of tests/goldens/sharding/cases.json, as its README describes it.</summary>
internal sealed class GoldenSharding(JsonElement json)
{
    private static readonly Lazy<IReadOnlyDictionary<string, GoldenSharding>> Cases = new(Load);

    /// <summary>Cases that have a counterpart here: automatic partitioning has none.</summary>
    public static IEnumerable<string> Names =>
        Cases.Value.Where(item => item.Value.IsExplicit).Select(item => item.Key);

    public JsonElement Json => json;

    public bool IsError => json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object;

    public string? ArraysFile =>
        json.TryGetProperty("npz", out var file) && file.ValueKind == JsonValueKind.String
            ? Path.Combine(Folder, file.GetString()!)
            : null;

    public double Rtol => json.GetProperty("rtol").GetDouble();

    public double Atol => json.GetProperty("atol").GetDouble();

    private static string Folder { get; } = Path.Combine(Goldens.Folder, "sharding");

    private bool IsExplicit =>
        json.GetProperty("source").ValueKind == JsonValueKind.String
        && json.GetProperty("mesh").GetProperty("axis_types").EnumerateArray().All(type => type.GetString() != "auto");

    public static GoldenSharding Of(string name) => Cases.Value[name];

    /// <summary>The sharding for arguments of these structures.</summary>
    public ShardingSpec Spec(IReadOnlyList<TreeDef> arguments)
    {
        var specs = new Queue<PartitionSpec?>(json.GetProperty("in_specs").EnumerateArray().Select(Spec));
        var mesh = json.GetProperty("mesh");
        var outSpecs = json.GetProperty("out_specs_given");
        return new ShardingSpec(
            new Mesh(
                [.. mesh.GetProperty("axis_names").EnumerateArray().Select(name => name.GetString()!)],
                [.. mesh.GetProperty("axis_sizes").EnumerateArray().Select(size => size.GetInt64())]
            ),
            [
                .. arguments.Select(tree => new PyTree<PartitionSpec?>(
                    tree,
                    Enumerable.Range(0, tree.LeafCount).Select(_ => specs.Dequeue()).ToArray()
                )),
            ],
            outSpecs.ValueKind == JsonValueKind.String ? SpecText.Read(outSpecs.GetString()!) : null
        );
    }

    private static PartitionSpec? Spec(JsonElement dimensions) =>
        new(
            [
                .. dimensions
                    .EnumerateArray()
                    .Select(entry =>
                        entry.ValueKind switch
                        {
                            JsonValueKind.Null => System.Collections.Immutable.ImmutableArray<string>.Empty,
                            JsonValueKind.String => [entry.GetString()!],
                            _ => [.. entry.EnumerateArray().Select(axis => axis.GetString()!)],
                        }
                    ),
            ]
        );

    private static Dictionary<string, GoldenSharding> Load()
    {
        using var file = File.OpenRead(Path.Combine(Folder, "cases.json"));
        return JsonDocument
            .Parse(file)
            .RootElement.EnumerateArray()
            .ToDictionary(item => item.GetProperty("name").GetString()!, item => new GoldenSharding(item));
    }
}
