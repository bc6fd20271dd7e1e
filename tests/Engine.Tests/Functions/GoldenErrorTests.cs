using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Functions;

/// <summary>The golden errors that concern calls, at the engine's level: the reference package's texts and warnings.</summary>
public sealed class GoldenErrorTests
{
    private static readonly string[] Concerned =
    [
        "structure",
        "keyword",
        "shape_change",
        "output_shapes",
        "torch_raises",
    ];

    // What cannot be said in JSON, belongs to another area, or is said in another way here.
    private static readonly string[] Elsewhere =
    [
        "vmap",
        "depth",
        "auto",
        "notice",
        "dtype",
        "grad_misuse",
        "seed_limitation",
    ];

    public static TheoryData<string> Names => [.. Cases().Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_call_fails_or_warns_as_the_reference_package_does(string name)
    {
        JsonElement golden = Cases().Single(c => c.GetProperty("name").GetString() == name);
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(Request(golden));
        var call = new Invocation(
            Trees(golden.GetProperty("call_args"), Zeros),
            golden.GetProperty("call_kwargs") is { ValueKind: JsonValueKind.Object } k ? Kwargs(k, Zeros) : null
        );
        if (golden.GetProperty("error") is not { ValueKind: JsonValueKind.Object } wanted)
        {
            using InvocationResult result = function.Invoke(call);
            Assert.Equal(Texts(golden.GetProperty("warnings"), "text"), result.Warnings);
            Assert.Equal(
                golden.GetProperty("result").EnumerateArray().Select(r => r.GetString()!),
                result.Outputs.Leaves.Select(leaf => leaf.ToString())
            );
            return;
        }

        EngineException error = Assert.Throws<EngineException>(() => function.Invoke(call));
        AssertText(wanted.GetProperty("text").GetString()!, error, Texts(golden.GetProperty("features")));
    }

    [Fact]
    public async Task Mixed_precision_arguments_do_not_tell_an_output_dtype_that_was_left_out()
    {
        await using var fixture = new ServiceFixture();
        JsonElement golden = All().Single(c => c.GetProperty("name").GetString() == "output_shapes_mixed_precision");
        EngineException error = await ServiceFixture.ThrowsAsync(
            ErrorCode.OutputShapeMismatch,
            () =>
                fixture.Service.RegisterAsync(
                    new RegistrationRequest(
                        "mixed",
                        golden.GetProperty("source").GetString(),
                        ExampleArgs: Trees(golden.GetProperty("example_args"), AsShape),
                        OutputShapes: ServiceFixture.Output(null, 3)
                    )
                )
        );
        Assert.Equal(golden.GetProperty("error").GetProperty("text").GetString(), error.Message);
    }

    private static void AssertText(string wanted, EngineException error, IReadOnlyList<string> features)
    {
        if (wanted.Contains("expected input structure", StringComparison.Ordinal))
        {
            Assert.Equal(ErrorCode.StructureMismatch, error.Code);
            Assert.StartsWith(wanted.Split('\n')[0], error.Message, StringComparison.Ordinal);
            Assert.EndsWith(
                wanted[wanted.IndexOf("do not match", StringComparison.Ordinal)..],
                error.Message,
                StringComparison.Ordinal
            );
        }
        else if (wanted == "Keyword arguments not expected!")
        {
            Assert.Equal(ErrorCode.UnexpectedKeywordArguments, error.Code);
            Assert.Equal(wanted, error.Message);
        }
        else if (features.Contains("output_shapes"))
        {
            Assert.Equal(ErrorCode.OutputShapeMismatch, error.Code);
            Assert.Equal(wanted, $"INVALID_ARGUMENT: {error.Message}");
        }
        else if (features.Contains("torch_raises"))
        {
            Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
            Assert.Contains(
                wanted[(wanted.LastIndexOf("Error: ", StringComparison.Ordinal) + 1)..]
                    .Replace("rror: ", "", StringComparison.Ordinal),
                error.Message,
                StringComparison.Ordinal
            );
        }
        else
        {
            Assert.Equal(
                features.Contains("keyword") ? ErrorCode.UnexpectedKeywordArguments : ErrorCode.StructureMismatch,
                error.Code
            );
        }
    }

    private static RegistrationRequest Request(JsonElement golden)
    {
        JsonElement given = default;
        bool hasOutputs =
            golden.GetProperty("options") is { ValueKind: JsonValueKind.Object } options
            && options.TryGetProperty("output_shapes", out given);
        return new RegistrationRequest(
            "golden",
            golden.GetProperty("source").GetString(),
            Entry: golden.GetProperty("entry").GetString(),
            ExampleArgs: Trees(golden.GetProperty("example_args"), AsShape),
            ExampleKwargs: golden.GetProperty("example_kwargs") is { ValueKind: JsonValueKind.Object } k
                ? Kwargs(k, AsShape)
                : null,
            OutputShapes: hasOutputs
                ? GoldenFunction
                    .ReadTree(given, AsShape)
                    .Map(leaf => new OutputShapeLeaf(((ShapeDtypeStruct)leaf).Dtype, ((ShapeDtypeStruct)leaf).Shape))
                : null
        );
    }

    private static IReadOnlyList<PyTree<IArgumentLeaf>> Trees(
        JsonElement trees,
        Func<JsonElement, IArgumentLeaf> leaf
    ) => [.. trees.EnumerateArray().Select(tree => GoldenFunction.ReadTree(tree, leaf))];

    private static Dictionary<string, PyTree<IArgumentLeaf>> Kwargs(
        JsonElement kwargs,
        Func<JsonElement, IArgumentLeaf> leaf
    ) => kwargs.EnumerateObject().ToDictionary(p => p.Name, p => GoldenFunction.ReadTree(p.Value, leaf));

    private static ShapeDtypeStruct AsShape(JsonElement leaf) =>
        new(DTypes.Parse(leaf.GetProperty("dtype").GetString()!), GoldenFunction.Shape(leaf));

    private static NDArray Zeros(JsonElement leaf) => ProbeArrays.Zeros(AsShape(leaf));

    private static List<string> Texts(JsonElement array, string? property = null) =>
        [.. array.EnumerateArray().Select(e => (property is null ? e : e.GetProperty(property)).GetString()!)];

    private static IEnumerable<JsonElement> Cases() =>
        All()
            .Where(c => c.GetProperty("source").ValueKind == JsonValueKind.String)
            .Where(c => c.GetProperty("call_args").ValueKind == JsonValueKind.Array)
            .Where(c =>
                Texts(c.GetProperty("features")) is var f
                && f.Intersect(Concerned).Any()
                && !f.Intersect(Elsewhere).Any()
            )
            .Where(c => !c.GetProperty("call").GetString()!.Contains("jax.", StringComparison.Ordinal))
            .Where(c =>
                !Texts(c.GetProperty("warnings"), "text")
                    .Any(w => w.StartsWith("Please provide all shapes", StringComparison.Ordinal))
            );

    private static JsonElement.ArrayEnumerator All() =>
        JsonDocument
            .Parse(File.ReadAllText(Path.Combine(Goldens.Folder, "errors", "cases.json")))
            .RootElement.EnumerateArray();
}
