using System.Text.Json;

namespace Torch2Jax.Conformance.Goldens;

/// <summary>One recorded case: its JSON, and its arrays where it has some (tests/goldens/README.md has the fields).</summary>
internal sealed class GoldenCase
{
    private static readonly Dictionary<string, IReadOnlyList<GoldenCase>> Families = [];

    private readonly Lazy<NpzFile?> arrays;

    private GoldenCase(string folder, JsonElement json)
    {
        Json = json;
        arrays = new(() => Text("npz") is { } file ? new NpzFile(Path.Combine(folder, file)) : null);
    }

    public JsonElement Json { get; }

    public string Name => Text("name")!;

    public string Source => Text("source")!;

    public string? Entry => Text("entry");

    public IReadOnlyList<string> Features =>
        [.. Json.GetProperty("features").EnumerateArray().Select(x => x.GetString()!)];

    public bool DependsOnData => Features.Contains("data_dependent");

    public static IReadOnlyList<GoldenCase> Family(string name)
    {
        lock (Families)
        {
            if (!Families.TryGetValue(name, out var cases))
            {
                var folder = Path.Combine(Root(), "tests/goldens", name);
                using var file = File.OpenRead(Path.Combine(folder, "cases.json"));
                var json = JsonDocument.Parse(file).RootElement;
                Families[name] = cases = [.. json.EnumerateArray().Select(item => new GoldenCase(folder, item))];
            }

            return cases;
        }
    }

    public static GoldenCase Find(string family, string name) => Family(family).Single(item => item.Name == name);

    public bool Has(string field) => Json.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    public string? Text(string field) => Has(field) ? Json.GetProperty(field).GetString() : null;

    public double Number(string field, double otherwise) =>
        Has(field) ? Json.GetProperty(field).GetDouble() : otherwise;

    public GoldenTree Tree(JsonElement node) => GoldenTree.Read(node, arrays.Value);

    public GoldenTree? Tree(string field) => Has(field) ? Tree(Json.GetProperty(field)) : null;

    public IReadOnlyList<GoldenTree> Trees(JsonElement nodes) => GoldenTree.ReadList(nodes, arrays.Value);

    public IReadOnlyDictionary<string, GoldenTree>? Keywords(JsonElement holder, string field) =>
        holder.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().ToDictionary(item => item.Name, item => Tree(item.Value))
            : null;

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Torch2Jax.Automation.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new DirectoryNotFoundException("the repository's root");
    }
}
