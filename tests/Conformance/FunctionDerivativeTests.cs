using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Xunit.Abstractions;

namespace Torch2Jax.Conformance;

/// <summary>tests/goldens/functions: vjp, grad, hessian, jvp and jacobians.</summary>
[Collection(ServiceCollection.Name)]
public sealed class FunctionDerivativeTests(ServiceFixture service, ITestOutputHelper output)
{
    private static readonly string[] Fields = ["vjp", "grad", "hessian", "jvp", "jacobian"];

    public static TheoryData<string, string> Cases =>
        CaseRows.Of("functions", golden => golden.Json.GetProperty("x64").GetBoolean() && Fields.Any(golden.Has));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_function_has_the_recorded_derivatives(string name, string transport)
    {
        var recorded = new RecordedCall(GoldenCase.Find("functions", name));
        var golden = recorded.Golden;
        var run = new CaseRun(service.Transport(transport), output, $"derivative_{transport}_{name}");
        await run.RegisterAsync(recorded.Registration(run.Function));

        foreach (var field in Fields.Where(golden.Has))
        {
            var kept = golden.Json.GetProperty(field);
            await (
                field switch
                {
                    "vjp" => CheckVjpAsync(run, recorded, kept),
                    "grad" => CheckGradAsync(run, recorded, kept),
                    "hessian" => CheckHessianAsync(run, recorded, kept),
                    "jvp" => CheckJvpAsync(run, recorded, kept),
                    _ => CheckJacobianAsync(run, recorded, kept),
                }
            );
        }

        run.End();
    }

    private static async Task CheckVjpAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        if (recorded.Args.SelectMany(arg => arg.Leaves()).Any(leaf => Elements.IsComplex(leaf.Dtype)))
        {
            run.Note(
                "vjp: the recorded zeros of complex inputs are the reference package's gap, so only its shape is checked"
            );
        }

        var golden = recorded.Golden;
        var tolerance = Tolerance.OfDerivatives(golden);
        // Recorded in torch's convention: the conjugate is JAX's.
        var cotangents = golden.Tree(kept.GetProperty("cotangents")).Conjugated();
        var call = Transformed(recorded, [GoldenTree.Tuple(recorded.Args), cotangents], ("vjp", new JsonObject()));
        var inputs = recorded.WithStatics(golden.Trees(kept.GetProperty("inputs")));
        var answer = await run.CompareAsync(
            "vjp: primal",
            call,
            golden.Tree("outputs")!,
            Tolerance.OfOutputs(golden),
            outputs => outputs.Children[0]
        );
        if (answer?.Outputs is not { Kind: NodeKind.Tuple } outputs)
        {
            return;
        }

        var got = outputs.Children[1];
        var want = GoldenTree.Tuple(inputs);
        foreach (
            var (child, recordedChild, i) in got.Children.Zip(want.Children, Enumerable.Range(0, want.Children.Count))
        )
        {
            var complex = recordedChild.Leaves().Any(leaf => Elements.IsComplex(leaf.Dtype));
            var difference = complex
                ? Comparison.Difference(child.ShapesAlone(), recordedChild.ShapesAlone(), 0, 0)
                : Comparison.Difference(child, recordedChild, tolerance.Relative, tolerance.Absolute);
            run.Check($"vjp: input {i}", difference);
        }

        run.Equal("vjp: number of inputs", $"{got.Children.Count}", $"{want.Children.Count}");
    }

    private static async Task CheckGradAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        var golden = recorded.Golden;
        var tolerance = Tolerance.OfDerivatives(golden);
        var values = golden.Trees(kept.GetProperty("values"));
        var argnums = recorded.Positions(kept.GetProperty("argnums"));
        var first = argnums[0]!.GetValue<int>();
        await run.CompareAsync(
            "grad",
            Transformed(recorded, recorded.Args, ("grad", Argnums(argnums))),
            GoldenTree.Tuple(values),
            tolerance
        );
        await run.CompareAsync(
            "grad, counted from the end",
            Transformed(recorded, recorded.Args, ("grad", Argnums(first - recorded.Args.Count))),
            values[0],
            tolerance
        );
        await run.CompareAsync(
            "valueAndGrad",
            Transformed(recorded, recorded.Args, ("valueAndGrad", Argnums(first))),
            GoldenTree.Tuple(golden.Tree("outputs")!, values[0]),
            tolerance
        );
    }

    private static async Task CheckHessianAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        if (Value(recorded.Golden, kept) is { } value)
        {
            await run.CompareAsync(
                "hessian",
                Transformed(recorded, recorded.Args, ("hessian", Argnums(Position(recorded, kept)))),
                value,
                Tolerance.OfDerivatives(recorded.Golden).Times(5)
            );
        }
    }

    private static async Task CheckJacobianAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        foreach (var mode in new[] { "jacrev", "jacfwd" })
        {
            if (Value(recorded.Golden, kept) is { } value)
            {
                await run.CompareAsync(
                    mode,
                    Transformed(recorded, recorded.Args, (mode, Argnums(Position(recorded, kept)))),
                    value,
                    Tolerance.OfDerivatives(recorded.Golden)
                );
            }
        }
    }

    private static async Task CheckJvpAsync(CaseRun run, RecordedCall recorded, JsonElement kept)
    {
        var golden = recorded.Golden;
        if (!kept.TryGetProperty("tangents_out", out var out_) || out_.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        var tangents = recorded.WithStatics(golden.Trees(kept.GetProperty("tangents")));
        await run.CompareAsync(
            "jvp",
            Transformed(
                recorded,
                [GoldenTree.Tuple(recorded.Args), GoldenTree.Tuple(tangents)],
                ("jvp", new JsonObject())
            ),
            golden.Tree(out_),
            Tolerance.OfDerivatives(golden),
            outputs => outputs.Children[1]
        );
    }

    private static CallSpec Transformed(
        RecordedCall recorded,
        IReadOnlyList<GoldenTree> args,
        (string Name, JsonNode Options) transform
    ) => new(args) { Kwargs = recorded.Kwargs, Transforms = CaseRun.Transforms(transform) };

    private static JsonObject Argnums(JsonNode argnums) => new() { ["argnums"] = argnums.DeepClone() };

    private static int Position(RecordedCall recorded, JsonElement kept) =>
        recorded.Position(kept.GetProperty("argnum").GetInt32());

    private static GoldenTree? Value(GoldenCase golden, JsonElement kept) =>
        kept.TryGetProperty("value", out var value) && value.ValueKind != JsonValueKind.Null
            ? golden.Tree(value)
            : null;
}
