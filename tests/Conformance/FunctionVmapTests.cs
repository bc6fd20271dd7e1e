using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Xunit.Abstractions;

namespace Torch2Jax.Conformance;

/// <summary>tests/goldens/functions: vmap by every method that was recorded, nested, and of gradients.</summary>
[Collection(ServiceCollection.Name)]
public sealed class FunctionVmapTests(ServiceFixture service, ITestOutputHelper output)
{
    private static readonly string[] Fields = ["vmap", "vmap_nested", "vmap_grad"];

    public static TheoryData<string, string> Cases =>
        CaseRows.Of("functions", golden => golden.Json.GetProperty("x64").GetBoolean() && Fields.Any(golden.Has));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_function_is_batched_as_recorded(string name, string transport)
    {
        var recorded = new RecordedCall(GoldenCase.Find("functions", name));
        var golden = recorded.Golden;
        var run = new CaseRun(service.Transport(transport), output, $"vmap_{transport}_{name}");
        await run.RegisterAsync(recorded.Registration(run.Function));

        var unsayable = 0;
        foreach (var (kept, i) in Items(golden, "vmap").Select((kept, i) => (kept, i)))
        {
            unsayable += await CheckVmapAsync(run, golden, kept, i) ? 0 : 1;
        }

        foreach (var kept in Items(golden, "vmap_nested"))
        {
            await CheckNestedAsync(run, recorded, kept);
        }

        if (golden.Has("vmap_grad"))
        {
            await CheckGradAsync(run, recorded, golden.Json.GetProperty("vmap_grad"));
        }

        if (unsayable == Items(golden, "vmap").Length && !golden.Has("vmap_nested") && !golden.Has("vmap_grad"))
        {
            return; // every recorded call of it was left out, each with its note
        }

        run.End();
    }

    private static async Task<bool> CheckVmapAsync(CaseRun run, GoldenCase golden, JsonElement kept, int i)
    {
        var args = golden.Trees(kept.GetProperty("args"));
        var axes = Axes(kept.GetProperty("in_axes"));
        if (axes.Skip(args.Sum(arg => arg.LeafCount)).Any(axis => axis != 0))
        {
            run.Note($"vmap {i}: left out, since keyword leaves are always mapped over axis 0");
            return false;
        }

        var want = golden.Tree(kept.GetProperty("outputs"));
        var methods = kept.GetProperty("vmap_method").EnumerateArray().Select(method => method.GetString()!).ToList();
        if (methods.Contains("sequential") && !golden.DependsOnData)
        {
            methods.Add("vectorized"); // ours: batched operators, the numbers of one call per element
        }

        foreach (var method in methods)
        {
            var options = new JsonObject
            {
                ["inAxes"] = InAxes(args, axes),
                ["outAxes"] = OutAxes(Axes(kept.GetProperty("out_axes")), want),
                ["method"] = method,
            };
            var call = new CallSpec(args)
            {
                Kwargs = golden.Keywords(kept, "kwargs") ?? golden.Keywords(golden.Json, "kwargs"),
                Transforms = CaseRun.Transforms(("vmap", options)),
            };
            await run.CompareAsync($"vmap {i} {method}", call, want, Tolerance.OfOutputs(golden).AtLeast(1e-5, 1e-6));
        }

        return true;
    }

    private static async Task CheckNestedAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        var golden = recorded.Golden;
        var args = golden.Trees(kept.GetProperty("args"));
        var layers = kept.GetProperty("in_axes").EnumerateArray().Reverse(); // recorded outermost first
        var transforms = layers.Select(axes =>
            ("vmap", (JsonNode)new JsonObject { ["inAxes"] = InAxes(args, Axes(axes)) })
        );
        var call = new CallSpec(args) { Kwargs = recorded.Kwargs, Transforms = CaseRun.Transforms([.. transforms]) };
        var tolerance = Tolerance.OfOutputs(golden).AtLeast(1e-5, 1e-6);
        await run.CompareAsync("vmap of vmap", call, golden.Tree(kept.GetProperty("outputs")), tolerance);
    }

    private static async Task CheckGradAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        var golden = recorded.Golden;
        var args = golden.Trees(kept.GetProperty("args"));
        var call = new CallSpec(args)
        {
            Kwargs = recorded.Kwargs,
            Transforms = CaseRun.Transforms(
                ("grad", new JsonObject { ["argnums"] = recorded.Positions(kept.GetProperty("argnums")) }),
                ("vmap", new JsonObject { ["inAxes"] = InAxes(args, Axes(kept.GetProperty("in_axes"))) })
            ),
        };
        var want = GoldenTree.Tuple(golden.Trees(kept.GetProperty("values")));
        await run.CompareAsync("vmap of grad", call, want, Tolerance.OfDerivatives(golden));
    }

    private static JsonElement[] Items(GoldenCase golden, string field)
    {
        if (!golden.Has(field))
        {
            return [];
        }

        var value = golden.Json.GetProperty(field);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
    }

    private static int?[] Axes(JsonElement axes) =>
        [.. axes.EnumerateArray().Select(axis => axis.ValueKind == JsonValueKind.Null ? (int?)null : axis.GetInt32())];

    /// <summary>Axes listed leaf by leaf as one prefix tree an argument.</summary>
    private static JsonArray InAxes(IReadOnlyList<GoldenTree> args, int?[] axes)
    {
        var rest = new Queue<int?>(axes);
        return [.. args.Select(arg => AxesTree(arg, rest))];
    }

    private static JsonNode? OutAxes(int?[] axes, GoldenTree outputs) =>
        axes.Distinct().Count() == 1 ? (JsonNode?)axes[0] : AxesTree(outputs, new Queue<int?>(axes));

    private static JsonNode? AxesTree(GoldenTree tree, Queue<int?> axes) =>
        LeafwiseTree.Write(tree, _ => axes.Dequeue());
}
