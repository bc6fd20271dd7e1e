using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Xunit.Abstractions;

namespace Torch2Jax.Conformance;

/// <summary>tests/goldens/functions: results, trees' texts, shape keys, cache outcomes and inferred shapes.</summary>
[Collection(ServiceCollection.Name)]
public sealed class FunctionForwardTests(ServiceFixture service, ITestOutputHelper output)
{
    public static TheoryData<string, string> Cases => CaseRows.Of("functions");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_function_gives_the_recorded_result(string name, string transport)
    {
        var recorded = new RecordedCall(GoldenCase.Find("functions", name));
        var golden = recorded.Golden;
        var run = new CaseRun(service.Transport(transport), output, $"forward_{transport}_{name}");
        await run.RegisterAsync(recorded.Registration(run.Function));

        if (!golden.Json.GetProperty("x64").GetBoolean())
        {
            await CheckNarrowedAsync(run, recorded);
            run.End();
            return;
        }

        var tolerance = Tolerance.OfOutputs(golden);
        var want = golden.Tree("outputs")!;
        if (await run.CompareAsync("forward", recorded.Call, want, tolerance) is { } answer)
        {
            run.Equal("treedef", answer.TreeDef, golden.Text("out_treedef")!);
            if (recorded.Kwargs is null)
            {
                run.Equal("shape key", answer.ShapeKey, golden.Text("shape_key")!);
            }

            CheckCache(run, "first call", answer.Cache, golden.DependsOnData ? ["dynamic", "miss"] : ["miss"]);
        }

        foreach (var encoding in run.Encodings)
        {
            var again = await run.CompareAsync(encoding, recorded.Call with { Encoding = encoding }, want, tolerance);
            CheckCache(run, encoding, again?.Cache, golden.DependsOnData ? ["dynamic", "hit"] : ["hit"]);
        }

        if (!golden.DependsOnData)
        {
            await CheckShapesAsync(run, recorded, want);
        }

        run.End();
    }

    private static void CheckCache(CaseRun run, string name, string? cache, string[] expected) =>
        run.Check(
            $"{name}: cache",
            expected.Contains(cache) ? null : $"'{cache}', {string.Join(" or ", expected)} expected"
        );

    private static async Task CheckShapesAsync(CaseRun run, RecordedCall recorded, GoldenTree want)
    {
        var shapes = recorded.Call with
        {
            Args = [.. recorded.Args.Select(arg => arg.ShapesAlone())],
            Kwargs = recorded.Kwargs?.ToDictionary(item => item.Key, item => item.Value.ShapesAlone()),
        };
        var answer = await run.EvalShapeAsync(shapes);
        run.Check(
            "eval-shape",
            answer.Failure?.ToString() ?? Comparison.Difference(answer.Outputs, want.ShapesAlone(), 0, 0)
        );
    }

    // JAX's 32-bit mode is a client's business: it narrows what comes, and so does this.
    private static async Task CheckNarrowedAsync(CaseRun run, RecordedCall recorded)
    {
        var answer = await run.InvokeAsync(recorded.Call);
        run.Note("recorded with JAX's 64-bit types off: compared after narrowing the answer to 32 bits");
        var tolerance = Tolerance.OfOutputs(recorded.Golden);
        run.Check(
            "forward, narrowed",
            answer.Failure?.ToString()
                ?? Comparison.Difference(
                    answer.Outputs!.Map(Narrowed),
                    recorded.Golden.Tree("outputs")!,
                    tolerance.Relative,
                    tolerance.Absolute
                )
        );
    }

    private static GoldenTree Narrowed(GoldenTree leaf)
    {
        var dtype = leaf.Dtype is "int64" or "float64"
            ? leaf.Dtype.Replace("64", "32", StringComparison.Ordinal)
            : leaf.Dtype;
        var (wide, narrow) = (Elements.Size(leaf.Dtype), Elements.Size(dtype));
        var data = new byte[leaf.Size * narrow];
        for (var i = 0; i < leaf.Size; i++)
        {
            var value = Elements.ToDouble(leaf.Dtype, leaf.Data.AsSpan(i * wide));
            Elements.FromDouble(dtype, value, data.AsSpan(i * narrow));
        }

        return leaf with
        {
            Dtype = dtype,
            Data = data,
        };
    }
}
