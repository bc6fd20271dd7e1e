using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Xunit.Abstractions;

namespace Torch2Jax.Conformance;

/// <summary>One case through one transport: every check runs, and all that differ are told at the end.</summary>
internal sealed class CaseRun
{
    private readonly ITransport transport;
    private readonly ITestOutputHelper output;
    private readonly List<string> failures = [];
    private int checks;

    public CaseRun(ITransport transport, ITestOutputHelper output, string function)
    {
        this.transport = transport;
        this.output = output;
        Function = function;
    }

    public string Function { get; }

    public IReadOnlyList<string> Encodings => transport.Encodings;

    public void Note(string text) => output.WriteLine(text);

    public void Check(string name, string? failure)
    {
        checks++;
        if (failure is not null)
        {
            failures.Add($"{name}: {failure}");
        }
    }

    public void Equal(string name, string got, string want) =>
        Check(name, got == want ? null : $"'{got}' came, '{want}' expected");

    public async Task RegisterAsync(RegistrationSpec registration)
    {
        if (await transport.RegisterAsync(registration) is { } failure)
        {
            Assert.Fail("register: " + failure);
        }
    }

    public Task<CallAnswer> InvokeAsync(CallSpec call) => transport.InvokeAsync(Function, call);

    public Task<CallAnswer> EvalShapeAsync(CallSpec call) => transport.EvalShapeAsync(Function, call);

    /// <summary>Calls and compares the outputs, or a part of them, with what was recorded.</summary>
    public async Task<CallAnswer?> CompareAsync(
        string name,
        CallSpec call,
        GoldenTree want,
        Tolerance tolerance,
        Func<GoldenTree, GoldenTree>? part = null
    )
    {
        var answer = await InvokeAsync(call);
        if (answer.Failure is { } failure)
        {
            Check(name, failure.ToString());
            return null;
        }

        var got = answer.Outputs!;
        if (part is not null && got.Kind != NodeKind.Tuple)
        {
            Check(name, $"a tuple expected, {got.Kind} came");
            return answer;
        }

        Check(
            name,
            Comparison.Difference(part is null ? got : part(got), want, tolerance.Relative, tolerance.Absolute)
        );
        return answer;
    }

    public void End()
    {
        Assert.True(checks > 0, "nothing was checked");
        Assert.True(failures.Count == 0, $"{failures.Count} of {checks} checks failed:\n{string.Join('\n', failures)}");
    }

    public static JsonArray Transforms(params (string Name, JsonNode Options)[] transforms) =>
        [.. transforms.Select(item => new JsonObject { [item.Name] = item.Options })];
}

internal readonly record struct Tolerance(double Relative, double Absolute)
{
    public Tolerance AtLeast(double relative, double absolute) =>
        new(Math.Max(Relative, relative), Math.Max(Absolute, absolute));

    public Tolerance Times(double factor) => new(Relative * factor, Absolute * factor);

    public static Tolerance OfOutputs(GoldenCase golden) =>
        new(golden.Number("rtol", 1e-5), golden.Number("atol", 1e-6));

    public static Tolerance OfDerivatives(GoldenCase golden)
    {
        var outputs = OfOutputs(golden);
        return new(
            golden.Number("grad_rtol", outputs.Relative * 10),
            golden.Number("grad_atol", outputs.Absolute * 10)
        );
    }
}

/// <summary>A recorded function's own call: its arguments, keywords and options.</summary>
internal sealed class RecordedCall
{
    public RecordedCall(GoldenCase golden)
    {
        Golden = golden;
        Args = golden.Trees(golden.Json.GetProperty("args"));
        Kwargs = golden.Keywords(golden.Json, "kwargs");
        Call = new CallSpec(Args) { Kwargs = Kwargs, OutputShapes = golden.Tree("output_shapes")?.ShapesAlone() };
    }

    public GoldenCase Golden { get; }

    public IReadOnlyList<GoldenTree> Args { get; }

    public IReadOnlyDictionary<string, GoldenTree>? Kwargs { get; }

    public CallSpec Call { get; }

    public RegistrationSpec Registration(string name) =>
        new(name, Golden.Source, Golden.Entry)
        {
            NondiffArgnums = Golden.Has("nondiff_argnums") ? Positions("nondiff_argnums") : null,
            NondiffMask = Golden.Has("nondiff_mask")
                ? JsonNode.Parse(Golden.Json.GetProperty("nondiff_mask").GetRawText())
                : null,
        };

    /// <summary>Recorded argument numbers leave out static arguments; positions in args count them.</summary>
    public int Position(int argnum) =>
        Enumerable.Range(0, Args.Count).Where(i => Args[i].Kind != NodeKind.Static).ElementAt(argnum);

    public JsonArray Positions(JsonElement argnums) =>
        [.. argnums.EnumerateArray().Select(number => (JsonNode)Position(number.GetInt32()))];

    private JsonArray Positions(string field) => Positions(Golden.Json.GetProperty(field));

    /// <summary>Trees recorded for the tensor arguments alone, with a null where an argument is static.</summary>
    public IReadOnlyList<GoldenTree> WithStatics(IReadOnlyList<GoldenTree> trees)
    {
        if (trees.Count == Args.Count)
        {
            return trees;
        }

        var rest = new Queue<GoldenTree>(trees);
        return [.. Args.Select(arg => arg.Kind == NodeKind.Static ? GoldenTree.None : rest.Dequeue())];
    }
}
