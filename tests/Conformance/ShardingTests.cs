using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Xunit.Abstractions;

namespace Torch2Jax.Conformance;

/// <summary>tests/goldens/sharding: results, cotangents and refusals over explicit meshes.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ShardingTests(ServiceFixture service, ITestOutputHelper output)
{
    public static TheoryData<string, string> Cases => CaseRows.Of("sharding", golden => ReasonLeftOut(golden) is null);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_sharded_call_gives_the_recorded_result(string name, string transport)
    {
        var golden = GoldenCase.Find("sharding", name);
        var run = new CaseRun(service.Transport(transport), output, $"sharding_{transport}_{name}");
        await run.RegisterAsync(new RegistrationSpec(run.Function, golden.Source, golden.Entry));

        var args = golden.Trees(golden.Json.GetProperty("args"));
        var call = new CallSpec(args)
        {
            Sharding = ReadSharding(golden, args),
            OutputShapes = golden.Tree("output_shapes")?.ShapesAlone(),
        };
        if (golden.Has("error"))
        {
            var answer = await run.InvokeAsync(call);
            string[] codes = ["invalid_sharding", "structure_mismatch", "output_shape_mismatch", "execution_failed"];
            run.Check("refused", answer.Failure is null ? "the call succeeded" : null);
            run.Check("code", codes.Contains(answer.Failure?.Code) ? null : answer.Failure?.ToString() ?? "none");
            run.End();
            return;
        }

        await run.CompareAsync("forward", call, golden.Tree("outputs")!, Tolerance.OfOutputs(golden));
        if (golden.Has("vjp"))
        {
            var kept = golden.Json.GetProperty("vjp");
            var vjp = call with
            {
                Args = [GoldenTree.Tuple(args), golden.Tree(kept.GetProperty("cotangents"))],
                Transforms = CaseRun.Transforms(("vjp", new JsonObject())),
                OutputShapes = null,
            };
            var want = GoldenTree.Tuple(golden.Trees(kept.GetProperty("inputs")));
            await run.CompareAsync("vjp", vjp, want, Tolerance.OfDerivatives(golden), outputs => outputs.Children[1]);
        }

        run.End();
    }

    [Fact]
    public void Cases_that_are_left_out_have_a_reason()
    {
        var left = GoldenCase.Family("sharding").Select(golden => (golden.Name, Reason: ReasonLeftOut(golden)));
        foreach (var (name, reason) in left.Where(item => item.Reason is not null))
        {
            output.WriteLine($"{name}: {reason}");
        }

        Assert.InRange(Cases.Count, 12 * CaseRows.Transports.Length, int.MaxValue);
    }

    private static string? ReasonLeftOut(GoldenCase golden) =>
        golden
            .Json.GetProperty("mesh")
            .GetProperty("axis_types")
            .EnumerateArray()
            .Any(type => type.GetString() == "auto") || golden.Features.Contains("auto_axes")
            ? "JAX's automatic partitioning has no counterpart here"
        : !golden.Has("source") ? "cannot be written in TorchScript"
        : null;

    private static JsonObject ReadSharding(GoldenCase golden, IReadOnlyList<GoldenTree> args)
    {
        var mesh = golden.Json.GetProperty("mesh");
        var specs = new Queue<JsonElement>(golden.Json.GetProperty("in_specs").EnumerateArray());
        return new JsonObject
        {
            ["mesh"] = new JsonObject
            {
                ["axisNames"] = JsonNode.Parse(mesh.GetProperty("axis_names").GetRawText()),
                ["shape"] = JsonNode.Parse(mesh.GetProperty("axis_sizes").GetRawText()),
            },
            ["inSpecs"] = new JsonArray(
                [
                    .. args.Select(arg =>
                        LeafwiseTree.Write(
                            arg,
                            _ => new JsonObject { ["$spec"] = JsonNode.Parse(specs.Dequeue().GetRawText()) }
                        )
                    ),
                ]
            ),
            ["outSpecs"] = golden.Text("out_specs_given") is { } text ? new PythonSpecs(text).Read() : null,
        };
    }
}
