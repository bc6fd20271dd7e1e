using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>A function under transforms nested by chance, with arguments made to fit.</summary>
internal sealed class NestedProgram
{
    private const string Source = """
        def fn(p: Dict[str, Tensor], x: Tensor, n: int) -> Tuple[Tensor, Tensor]:
            y = torch.sin(p["a"] * x[:2]) * p["i"]
            return torch.sum(torch.tanh(y) ** n) + torch.sum(torch.exp(x * 0.5)) * p["a"][0], torch.argsort(x)

        """;

    private static readonly Lazy<ICompiledFunction> Compiled = new(() => NativeFixture.Backend.Compile(Source, "fn"));
    private readonly Random random;
    private readonly List<Transform> transforms = [];

    public NestedProgram(int seed, int depth)
    {
        random = new Random(seed);
        Args =
        [
            PyTree.Dict([Item("a", Floats(2)), Item("i", Integers(2))]),
            Leaf(Floats(3)),
            PyTree.Leaf<IArgumentLeaf>(new StaticValue(2L)),
        ];
        for (var i = 0; i < depth; i++)
        {
            InnerArgs = Args;
            var next = Pick();
            Args = Around(next);
            transforms.Add(next);
        }
    }

    /// <summary>Arguments of the whole program.</summary>
    public IReadOnlyList<PyTree<IArgumentLeaf>> Args { get; private set; }

    /// <summary>Arguments that fit the program inside the outermost transform (an element of its batch, its primals).</summary>
    public IReadOnlyList<PyTree<IArgumentLeaf>> InnerArgs { get; private set; } = [];

    public Transform Outermost => transforms[^1];

    public string Name => string.Join(", ", transforms.Select(transform => transform.Name));

    public PyTree<NDArray> Run(string method) => Call(Args, transforms, method).Run();

    public PyTree<ShapeDtypeStruct> EvalShape() => Call(Args, transforms, VmapMethods.Sequential).EvalShape()!;

    /// <summary>Runs the program inside the outermost transform.</summary>
    public PyTree<NDArray> RunInner(IReadOnlyList<PyTree<IArgumentLeaf>> args, params Transform[] around) =>
        Call(args, [.. transforms[..^1], .. around], VmapMethods.Sequential).Run();

    private static TransformedCall Call(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyList<Transform> list,
        string method
    ) => new(Compiled.Value, args, list) { Method = method };

    private Transform Pick() =>
        random.Next(transforms.Count == 0 ? 6 : 5) switch
        {
            0 => new Vjp(),
            1 => new Jvp(),
            2 => new Jacrev(Position()),
            3 => RandomVmap(),
            4 => RandomVmap(),
            _ => new Grad(Argnums.Several(1, 0), HasAux: true),
        };

    private Argnums Position()
    {
        var positions = Enumerable.Range(0, Args.Count).Where(i => Args[i].Leaves.Any(IsFloating)).ToArray();
        return Argnums.Single(positions[random.Next(positions.Length)]);
    }

    // At least one leaf is mapped; each axis anywhere in its leaf.
    private Vmap RandomVmap()
    {
        var mapped = Args.Select(tree =>
            tree.Map(leaf => leaf is NDArray array && random.Next(3) > 0 ? random.Next(array.Rank + 1) : (int?)null)
        );
        var axes = mapped.ToArray();
        return axes.Any(tree => tree.Leaves.Any(axis => axis is not null))
            ? new Vmap(axes, null, PyTree.Leaf<int?>(random.Next(2) == 0 ? 0 : -1))
            : new Vmap();
    }

    private IReadOnlyList<PyTree<IArgumentLeaf>> Around(Transform transform) =>
        transform switch
        {
            Vjp =>
            [
                PyTree.Tuple(Args),
                Tangent(Call(Args, transforms, VmapMethods.Sequential).EvalShape()!.Map(leaf => (IArgumentLeaf)leaf)),
            ],
            Jvp => [PyTree.Tuple(Args), PyTree.Tuple([.. Args.Select(Tangent)])],
            Vmap vmap => [.. Args.Select((tree, i) => Batched(tree, vmap.InAxes?[i]))],
            _ => Args,
        };

    private PyTree<IArgumentLeaf> Batched(PyTree<IArgumentLeaf> tree, PyTree<int?>? axes) =>
        new(
            tree.Structure,
            tree.Leaves.Select(
                    (leaf, k) =>
                        leaf is NDArray array && (axes is null ? 0 : axes.Leaves[k]) is { } axis
                            ? Batching.Stack([array, Like(array), Like(array)], axis)
                            : leaf
                )
                .ToArray()
        );

    private NDArray Like(NDArray array) => array.Dtype == DType.Float64 ? Floats(array.Shape) : Integers(array.Shape);

    /// <summary>Random tangents for the floating leaves, null for the others.</summary>
    public PyTree<IArgumentLeaf> Tangent(PyTree<IArgumentLeaf> tree) =>
        tree.Structure.Kind switch
        {
            TreeKind.Leaf when IsFloating(tree.Leaves[0]) => Leaf(Floats(ShapeOf(tree.Leaves[0]))),
            TreeKind.Leaf or TreeKind.None => PyTree.None<IArgumentLeaf>(),
            TreeKind.Tuple => PyTree.Tuple([.. tree.Children.Select(Tangent)]),
            TreeKind.List => PyTree.List([.. tree.Children.Select(Tangent)]),
            _ => PyTree.Dict(tree.Structure.Keys.Zip(tree.Children.Select(Tangent), KeyValuePair.Create)),
        };

    private static bool IsFloating(IArgumentLeaf leaf) =>
        leaf is NDArray { Dtype: DType.Float64 } or ShapeDtypeStruct { Dtype: DType.Float64 };

    private static ReadOnlySpan<long> ShapeOf(IArgumentLeaf leaf) =>
        leaf is NDArray array ? array.Shape : ((ShapeDtypeStruct)leaf).Shape.AsSpan();

    private NDArray Floats(params ReadOnlySpan<long> shape)
    {
        var array = NDArray.Allocate(DType.Float64, shape);
        foreach (ref var value in array.AsSpan<double>())
        {
            value = (random.NextDouble() * 2) - 1;
        }

        return array;
    }

    private NDArray Integers(params ReadOnlySpan<long> shape)
    {
        var array = NDArray.Allocate(DType.Int64, shape);
        foreach (ref var value in array.AsSpan<long>())
        {
            value = random.Next(1, 4);
        }

        return array;
    }

    private static KeyValuePair<string, PyTree<IArgumentLeaf>> Item(string key, NDArray array) => new(key, Leaf(array));

    private static PyTree<IArgumentLeaf> Leaf(NDArray array) => PyTree.Leaf<IArgumentLeaf>(array);
}
