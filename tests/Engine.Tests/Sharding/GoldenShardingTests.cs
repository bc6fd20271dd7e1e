using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Tests.Transforms;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Sharding;

[Collection(NativeCollection.Name)]
public sealed class GoldenShardingTests
{
    public static TheoryData<string> Successes =>
        [.. GoldenSharding.Names.Where(name => !GoldenSharding.Of(name).IsError)];

    public static TheoryData<string> Errors => [.. GoldenSharding.Names.Where(name => GoldenSharding.Of(name).IsError)];

    [Theory]
    [MemberData(nameof(Successes))]
    public void Sharded_calls_and_their_vjps_give_the_recorded_arrays(string name)
    {
        var golden = GoldenSharding.Of(name);
        using var arrays = new NativeFixture.Arrays(golden.ArraysFile!);
        using var function = Compile(golden);
        var args = golden
            .Json.GetProperty("args")
            .EnumerateArray()
            .Select(tree => GoldenFunction.ReadTree(tree, arrays.Read))
            .ToArray();
        var call = Call(golden, function, args);
        var runs = NativeFixture.Backend.Counters.FunctionRuns;
        var outputs = call.Run();
        GoldenCase.Check(outputs, Read("outputs"), golden.Rtol, golden.Atol);
        Assert.True(NativeFixture.Backend.Counters.FunctionRuns > runs);
        if (call.EvalShape() is { } shapes)
        {
            Assert.Equal(TreeNotation.Write(shapes), TreeNotation.Write(outputs.Map(array => array.Aval)));
        }

        if (!golden.Json.TryGetProperty("vjp", out var vjp))
        {
            return;
        }

        var pulled = Call(
            golden,
            function,
            [PyTree.Tuple(args), GoldenFunction.ReadTree(vjp.GetProperty("cotangents"), arrays.Read)]
        ) with
        {
            Transforms = [new Vjp()],
            Sharding = call.Sharding,
        };
        var want = vjp.GetProperty("inputs")
            .EnumerateArray()
            .Select(tree => GoldenFunction.ReadTree(tree, arrays.Read));
        GoldenCase.Check(
            pulled.Run()[1],
            PyTree.Tuple([.. want]),
            golden.Json.GetProperty("grad_rtol").GetDouble(),
            golden.Json.GetProperty("grad_atol").GetDouble()
        );

        PyTree<IArgumentLeaf> Read(string field) =>
            GoldenFunction.ReadTree(golden.Json.GetProperty(field), arrays.Read);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void What_the_reference_refuses_is_refused(string name)
    {
        var golden = GoldenSharding.Of(name);
        using var function = Compile(golden);
        var args = golden
            .Json.GetProperty("args")
            .EnumerateArray()
            .Select(tree => GoldenFunction.ReadTree(tree, Zeros))
            .ToArray();
        var error = Assert.Throws<EngineException>(() => Call(golden, function, args).Run());
        Assert.Equal(
            golden.Json.GetProperty("features").EnumerateArray().Any(feature => feature.GetString() == "torch_raises")
                ? ErrorCode.ExecutionFailed
                : ErrorCode.InvalidSharding,
            error.Code
        );
    }

    private static TransformedCall Call(
        GoldenSharding golden,
        ICompiledFunction function,
        PyTree<IArgumentLeaf>[] args
    ) =>
        new(function, args)
        {
            Sharding = golden.Spec(
                [
                    .. golden
                        .Json.GetProperty("args")
                        .EnumerateArray()
                        .Select(tree => GoldenFunction.ReadTree(tree, Zeros).Structure),
                ]
            ),
            OutputShapes =
                golden.Json.TryGetProperty("output_shapes", out var shapes)
                && shapes.ValueKind == System.Text.Json.JsonValueKind.Object
                    ? GoldenFunction.ReadTree(shapes, Zeros).Map(leaf => ((NDArray)leaf).Aval)
                    : null,
        };

    private static ICompiledFunction Compile(GoldenSharding golden) =>
        NativeFixture.Backend.Compile(
            golden.Json.GetProperty("source").GetString()!,
            golden.Json.GetProperty("entry").GetString()
        );

    private static NDArray Zeros(System.Text.Json.JsonElement leaf)
    {
        var array = NDArray.Allocate(
            DTypes.Parse(leaf.GetProperty("dtype").GetString()!),
            GoldenFunction.Shape(leaf).AsSpan()
        );
        array.Bytes.Clear();
        return array;
    }
}
