using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Any nesting of transforms over a scalar function of a dict and an array.</summary>
public sealed class PlannerProperties
{
    private const string Signature = "f(p: Dict[str, Tensor], x: Tensor, n: int) -> Tensor";
    private static readonly PyTree<ShapeDtypeStruct> Scalar = TreeNotation.ReadShapes("float32[]");

    private static readonly Transform[] Choices =
    [
        new Vjp(),
        new Jvp(),
        new Vmap(),
        new Jacrev(Argnums.Single(0)),
        new Jacfwd(Argnums.Single(0)),
        new Vmap(),
    ];

    [Property(MaxTest = 200)]
    public void Shapes_and_composed_outputs_have_one_tree_and_peeling_finds_the_function(PositiveInt seed)
    {
        var random = new Random(seed.Get);
        var transforms = new List<Transform>();
        var args = TreeNotation.ReadArguments("({'a': float32[2], 'i': int64[2]}, float32[3], 5)");
        for (var depth = random.Next(1, 4); depth > 0; depth--)
        {
            var next = transforms.Count == 0 && random.Next(2) == 0 ? new Grad() : Choices[random.Next(Choices.Length)];
            args = Around(next, transforms, args);
            transforms.Add(next);
        }

        var plan = Plan(transforms, args);
        var shapes = plan.OutputShapes(Scalar);
        var composed = plan.ComposeOutputs(
            TreeDef.Leaf,
            [DType.Float32],
            Enumerable.Range(0, shapes.Leaves.Count).ToArray()
        );
        Assert.Equal(shapes.Structure, composed.Structure);
        Assert.Equal("float32[2], int64[2], float32[3]", plan.Query.ShapeKey);
        Assert.Equal(
            args.Sum(tree => tree.Leaves.Count(leaf => leaf is ShapeDtypeStruct)),
            plan.Leaves.Distinct(ReferenceEqualityComparer.Instance).Count()
        );
        Assert.Equal(plan.ProgramText, Plan(transforms, args).ProgramText);
    }

    // The arguments of a transformed program from those of the program inside it.
    private static IReadOnlyList<PyTree<IArgumentLeaf>> Around(
        Transform transform,
        List<Transform> inside,
        IReadOnlyList<PyTree<IArgumentLeaf>> args
    ) =>
        transform switch
        {
            Vjp =>
            [
                PyTree.Tuple(args),
                Tangent(Plan(inside, args).OutputShapes(Scalar).Map(leaf => (IArgumentLeaf)leaf)),
            ],
            Jvp => [PyTree.Tuple(args), PyTree.Tuple([.. args.Select(Tangent)])],
            Vmap => [.. args.Select(tree => tree.Map(Batched))],
            _ => args,
        };

    private static IArgumentLeaf Batched(IArgumentLeaf leaf) =>
        leaf is ShapeDtypeStruct shape ? new ShapeDtypeStruct(shape.Dtype, shape.Shape.Insert(0, 4)) : leaf;

    private static PyTree<IArgumentLeaf> Tangent(PyTree<IArgumentLeaf> tree) =>
        tree.Structure.Kind switch
        {
            TreeKind.Leaf when tree.Leaves[0] is ShapeDtypeStruct shape && shape.Dtype.IsDifferentiable() =>
                PyTree.Leaf<IArgumentLeaf>(new ShapeDtypeStruct(shape.Dtype, shape.Shape)),
            TreeKind.Leaf or TreeKind.None => PyTree.None<IArgumentLeaf>(),
            TreeKind.Tuple => PyTree.Tuple([.. tree.Children.Select(Tangent)]),
            TreeKind.List => PyTree.List([.. tree.Children.Select(Tangent)]),
            _ => PyTree.Dict(tree.Structure.Keys.Zip(tree.Children.Select(Tangent), KeyValuePair.Create)),
        };

    private static ProgramPlan Plan(IReadOnlyList<Transform> transforms, IReadOnlyList<PyTree<IArgumentLeaf>> args) =>
        ProgramPlanner.Plan(
            new PlanRequest(
                SourceSignature.Of(Signature),
                args,
                null,
                transforms,
                null,
                VmapMethods.Vectorized,
                null,
                _ => Scalar
            )
        );
}
