using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Tests.Transforms;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Sharding;

/// <summary>How often, when and where the shards of a call run.</summary>
[Collection(NativeCollection.Name)]
public sealed class ShardRunTests
{
    private const string Slow = """
        def fn(x: Tensor) -> Tensor:
            print("begin")
            y = x
            for i in range(20000):
                y = torch.sin(y) + 1.0
            print("end")
            return y

        """;

    [Fact]
    public void Shards_run_at_the_same_time()
    {
        using var function = NativeFixture.Backend.Compile(Slow, null);
        using var x = NDArray.FromArray([1f, 2f], 2);
        var call = new TransformedCall(function, [PyTree.Leaf<IArgumentLeaf>(x)])
        {
            Sharding = Spec(2, ["x"], ["x"]),
            OutputShapes = TreeNotation.ReadShapes("float32[2]"), // so that nothing is inferred, which would print too
        };
        NativeFixture.Backend.TakeLog();
        using var y = call.Run().Leaves[0];
        var lines = NativeFixture.Backend.TakeLog().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["begin", "begin", "end", "end"], lines.Select(line => line.Trim()));
        Assert.Equal(y.AsSpan<float>()[0], y.AsSpan<float>()[1], 1e-3f);
    }

    [Theory]
    [InlineData(4, new[] { "x" }, new[] { "x" }, 4, 8)]
    [InlineData(4, new string[0], new[] { "x" }, 1, 32)]
    public void Each_different_shard_runs_once(int devices, string[] inSpec, string[] outSpec, int runs, int length)
    {
        using var function = NativeFixture.Backend.Compile(
            "def fn(x: Tensor) -> Tensor:\n    return torch.sin(x)\n",
            null
        );
        using var x = NDArray.FromArray(Enumerable.Range(0, 8).Select(i => (float)i).ToArray(), 8);
        var call = new TransformedCall(function, [PyTree.Leaf<IArgumentLeaf>(x)])
        {
            Sharding = Spec(devices, inSpec, outSpec),
            OutputShapes = TreeNotation.ReadShapes($"float32[{length}]"),
        };
        var before = NativeFixture.Backend.Counters.FunctionRuns;
        using var y = call.Run().Leaves[0];
        Assert.Equal(runs, NativeFixture.Backend.Counters.FunctionRuns - before);
        Assert.Equal(length, y.Size);
        Assert.Equal(
            Enumerable.Range(0, length).Select(i => MathF.Sin(i % 8)),
            y.AsSpan<float>().ToArray(),
            (a, b) => Math.Abs(a - b) < 1e-6
        );
    }

    [Fact]
    public void Transforms_around_a_sharded_function_see_global_arrays()
    {
        const string Loss =
            "def fn(x: Tensor, w: Tensor) -> Tensor:\n    return torch.mean((torch.matmul(x, w)) ** 2.0).reshape(1)\n";
        using var function = NativeFixture.Backend.Compile(Loss, null);
        using var x = NDArray.FromArray(Enumerable.Range(0, 8).Select(i => (double)i / 8).ToArray(), 4, 2);
        using var w = NDArray.FromArray([0.5, -1.5], 2);
        var args = new[] { PyTree.Leaf<IArgumentLeaf>(x), PyTree.Leaf<IArgumentLeaf>(w) };
        var sharded = new TransformedCall(function, args, new Jacrev(Argnums.Single(1)), new Jacrev(Argnums.Single(1)))
        {
            Sharding = Spec(
                2,
                ["x"],
                ["x"],
                [
                    [],
                ]
            ),
        };
        using var hessian = sharded.Run().Leaves[0];
        Assert.Equal([2L, 2, 2], hessian.Shape.ToArray());
        // The mean over a shard's two rows of (x.w)^2 has the second derivative x_i x_j.
        var rows = x.AsSpan<double>().ToArray();
        var expected = new double[8];
        for (var shard = 0; shard < 2; shard++)
        {
            for (var i = 0; i < 4; i++)
            {
                expected[(shard * 4) + i] =
                    (rows[shard * 4 + (i / 2)] * rows[shard * 4 + (i % 2)])
                    + (rows[shard * 4 + 2 + (i / 2)] * rows[shard * 4 + 2 + (i % 2)]);
            }
        }

        Assert.Equal(expected, hessian.AsSpan<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    private static ShardingSpec Spec(int devices, string[] inSpec, string[] outSpec, string[][]? others = null) =>
        new(
            new Mesh(["x"], [devices]),
            [.. (others ?? []).Prepend(inSpec).Select(spec => PyTree.Leaf<PartitionSpec?>(PartitionSpec.Of(spec)))],
            PyTree.Leaf<PartitionSpec?>(PartitionSpec.Of(outSpec))
        );
}
