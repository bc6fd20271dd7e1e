using System.Text.Json;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Xunit.Abstractions;

namespace Torch2Jax.Conformance;

/// <summary>tests/goldens/errors: the reference package's errors and warnings that have a meaning here.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ErrorTests(ServiceFixture service, ITestOutputHelper output)
{
    private static readonly string[] Kept = ["structure", "keyword", "shape_change", "output_shapes", "torch_raises"];
    private static readonly string[] Left =
    [
        "vmap",
        "depth",
        "auto",
        "notice",
        "dtype",
        "grad_misuse",
        "seed_limitation",
    ];

    public static TheoryData<string, string> Cases => CaseRows.Of("errors", golden => ReasonLeftOut(golden) is null);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_misuse_is_answered_as_recorded(string name, string transport)
    {
        var golden = GoldenCase.Find("errors", name);
        var run = new CaseRun(service.Transport(transport), output, $"error_{transport}_{name}");
        await run.RegisterAsync(
            new RegistrationSpec(run.Function, golden.Source, golden.Entry)
            {
                ExampleArgs = golden.Trees(golden.Json.GetProperty("example_args")),
                ExampleKwargs = golden.Keywords(golden.Json, "example_kwargs"),
                OutputShapes = Options(golden, "output_shapes") is { } shapes
                    ? golden.Tree(shapes).ShapesAlone()
                    : null,
            }
        );

        var kwargs = golden.Keywords(golden.Json, "call_kwargs");
        var answer = await run.InvokeAsync(
            new CallSpec([.. golden.Trees(golden.Json.GetProperty("call_args")).Select(arg => arg.Zeros())])
            {
                Kwargs = kwargs is { Count: > 0 }
                    ? kwargs.ToDictionary(item => item.Key, item => item.Value.Zeros())
                    : null,
            }
        );
        if (golden.Has("error"))
        {
            CheckError(run, golden, answer);
        }
        else
        {
            var want = golden
                .Json.GetProperty("warnings")
                .EnumerateArray()
                .Select(item => item.GetProperty("text").GetString());
            run.Check("answer", answer.Failure?.ToString());
            run.Equal("warnings", string.Join('|', answer.Warnings), string.Join('|', want));
        }

        run.End();
    }

    [Fact]
    public void Cases_that_are_left_out_have_a_reason()
    {
        var left = GoldenCase.Family("errors").Select(golden => (golden.Name, Reason: ReasonLeftOut(golden)));
        foreach (var (name, reason) in left.Where(item => item.Reason is not null))
        {
            output.WriteLine($"{name}: {reason}");
        }

        Assert.InRange(Cases.Count, 8 * CaseRows.Transports.Length, int.MaxValue);
    }

    private static string? ReasonLeftOut(GoldenCase golden) =>
        !golden.Has("source") ? "cannot be written in TorchScript"
        : !golden.Has("call_args") ? "is about wrapping in Python"
        : !golden.Features.Intersect(Kept).Any() || golden.Features.Intersect(Left).Any()
            ? "is about the reference package's own limits and options; transforms have tests of their own"
        : golden.Text("call")!.Contains("jax.", StringComparison.Ordinal) ? "is JAX's own error about a transform"
        : golden
            .Json.GetProperty("warnings")
            .EnumerateArray()
            .Any(item =>
                item.GetProperty("text").GetString()!.StartsWith("Please provide all shapes", StringComparison.Ordinal)
            )
            ? "gives shapes as bare integers, which JSON cannot say"
        : null;

    private static void CheckError(CaseRun run, GoldenCase golden, CallAnswer answer)
    {
        var text = golden.Json.GetProperty("error").GetProperty("text").GetString()!;
        if (answer.Failure is not { } failure)
        {
            run.Check("error", "the call succeeded where the reference refuses: " + text);
            return;
        }

        run.Check("error", null);
        var structure = text.IndexOf("do not match", StringComparison.Ordinal);
        var expected =
            structure >= 0 ? text[structure..]
            : text == "Keyword arguments not expected!" ? text
            : golden.Features.Contains("torch_raises") ? text.Split(": ")[^1]
            : "";
        run.Check(
            "text",
            failure.Detail.Contains(expected, StringComparison.Ordinal)
                ? null
                : $"'{failure.Detail}' lacks '{expected}'"
        );
        var code =
            golden.Features.Contains("keyword") && golden.Features.Contains("structure")
                ? "structure_mismatch|unexpected_keyword_arguments"
            : golden.Features.Contains("keyword") ? "unexpected_keyword_arguments"
            : golden.Features.Contains("structure") ? "structure_mismatch"
            : golden.Features.Contains("output_shapes") ? "output_shape_mismatch"
            : "execution_failed";
        run.Check("code", code.Split('|').Contains(failure.Code) ? null : $"'{failure.Code}' came, '{code}' expected");
    }

    private static JsonElement? Options(GoldenCase golden, string name) =>
        golden.Has("options") && golden.Json.GetProperty("options").TryGetProperty(name, out var value) ? value : null;
}
