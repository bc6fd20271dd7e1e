using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Batches in batches, each by a method of its own, around shards and derivatives: what loops give.</summary>
[Collection(NativeCollection.Name)]
public sealed class BatchMethodTests
{
    // Broadcasts over axes in front, so every method fits it.
    private const string Source =
        "def fn(x: Tensor, y: Tensor) -> Tensor:\n    return torch.sin(x) * y + torch.exp(y * 0.3) * x * x\n";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 100)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_method_at_every_level_gives_what_loops_give(int seed)
    {
        var random = new Random(seed);
        using var function = NativeFixture.Backend.Compile(Source, null);
        PyTree<IArgumentLeaf>[] args = [Leaf(Floats(random, [2])), Leaf(Floats(random, [2]))];
        var (loops, methods) = (new List<Transform>(), new List<Transform>());
        for (var depth = random.Next(1, 4); depth > 0; depth--)
        {
            Add(random.Next(5), random, ref args, loops, methods);
        }

        var sharding = random.Next(2) == 0 ? Halves() : null;
        var want = new TransformedCall(function, args, loops) { Sharding = sharding }.Run();
        var got = new TransformedCall(function, args, methods) { Sharding = sharding }.Run();
        Assert.Equal(want.Structure, got.Structure);
        foreach (var (a, b) in got.Leaves.Zip(want.Leaves))
        {
            Closeness.Check(a, b, 1e-12, 1e-12);
        }
    }

    private static void Add(
        int choice,
        Random random,
        ref PyTree<IArgumentLeaf>[] args,
        List<Transform> loops,
        List<Transform> methods
    )
    {
        Transform? derivative = choice switch
        {
            0 when loops.Count < 2 => new Jacrev(Argnums.Single(random.Next(2))),
            1 when loops.Count < 2 => new Jacfwd(Argnums.Single(random.Next(2))),
            _ => null,
        };
        if (derivative is not null)
        {
            loops.Add(derivative);
            methods.Add(derivative);
            return;
        }

        var axes = args.Select(tree =>
                random.Next(3) == 0 ? (int?)null : random.Next(((NDArray)tree.Leaves[0]).Rank + 1)
            )
            .ToArray();
        axes[random.Next(2)] ??= 0;
        var size = random.Next(1, 4);
        args =
        [
            .. args.Zip(
                axes,
                (tree, axis) => axis is { } at ? Leaf(Batch(random, (NDArray)tree.Leaves[0], at, size)) : tree
            ),
        ];
        var outAxis = PyTree.Leaf<int?>(random.Next(-1, 2));
        var inAxes = axes.Select(PyTree.Leaf).ToArray();
        loops.Add(new Vmap(inAxes, null, outAxis, null, VmapMethods.Sequential));
        methods.Add(new Vmap(inAxes, null, outAxis, null, VmapMethods.All[random.Next(4)]));
    }

    private static ShardingSpec Halves()
    {
        var half = PyTree.Leaf<PartitionSpec?>(PartitionSpec.Of("x"));
        return new ShardingSpec(new Mesh(["x"], [2]), [half, half], half);
    }

    private static NDArray Batch(Random random, NDArray like, int axis, int size) =>
        Batching.Stack([.. Enumerable.Range(0, size).Select(_ => Floats(random, like.Shape))], axis);

    private static NDArray Floats(Random random, ReadOnlySpan<long> shape)
    {
        var array = NDArray.Allocate(DType.Float64, shape);
        foreach (ref var value in array.AsSpan<double>())
        {
            value = (random.NextDouble() * 2) - 1;
        }

        return array;
    }

    private static PyTree<IArgumentLeaf> Leaf(NDArray array) => PyTree.Leaf<IArgumentLeaf>(array);
}
