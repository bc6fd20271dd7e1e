using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Torch;

/// <summary>What the binder writes, the reader of results reads: both speak the code of t2j.h.</summary>
public sealed class StructureCodePropertyTests
{
    private static readonly ShapeDtypeStruct Scalar = new(DType.Float32);

    [Property(MaxTest = 300)]
    public Property The_code_of_a_tree_of_arrays_gives_the_tree_again() =>
        Prop.ForAll(
            Typed(4).ToArbitrary(),
            made =>
            {
                var schema = new FunctionSchema(
                    "f",
                    [new FunctionArgument("x", TorchType.Parse(made.Type), false, null, false)],
                    TorchType.Parse("Tensor")
                );
                BoundArguments bound = ArgumentBinder.Bind(schema, [made.Tree], null);
                Assert.Equal(made.Tree.Structure, StructureCode.Parse(bound.Code));
                Assert.Equal(TreeDef.Tuple(made.Tree.Structure), bound.InTree);
                Assert.Equal(bound.Code, ArgumentBinder.Bind(schema, [made.Tree], null).Code);
            }
        );

    // A type and a tree that fits it, made together.
    private static Gen<(string Type, PyTree<IArgumentLeaf> Tree)> Typed(int depth)
    {
        Gen<(string, PyTree<IArgumentLeaf>)> leaf = Gen.OneOf(
            Gen.Constant(("Tensor", PyTree.Leaf<IArgumentLeaf>(Scalar))),
            Gen.Constant(("Optional[Tensor]", PyTree.Leaf<IArgumentLeaf>(Scalar))),
            Gen.Constant(("Optional[Tensor]", PyTree.None<IArgumentLeaf>()))
        );
        if (depth == 0)
        {
            return leaf;
        }
        Gen<(string Type, PyTree<IArgumentLeaf> Tree)[]> children = Typed(depth - 1).ArrayOf(3);
        Gen<string[]> keys = ArbMap
            .Default.GeneratorFor<NonNull<string>>()
            .Select(key => key.Get)
            .Where(key => !key.Any(char.IsSurrogate))
            .ArrayOf(3)
            .Where(three => three.Distinct(StringComparer.Ordinal).Count() == 3);
        return Gen.OneOf(
            leaf,
            children.Select(items =>
                (
                    $"Tuple[{string.Join(", ", items.Select(item => item.Type))}]",
                    PyTree.Tuple(Array.ConvertAll(items, item => item.Tree))
                )
            ),
            Typed(depth - 1).Select(item => ($"List[{item.Type}]", PyTree.List(item.Tree, item.Tree))),
            Typed(depth - 1)
                .Zip(keys)
                .Select(pair =>
                    (
                        $"Dict[str, {pair.Item1.Type}]",
                        PyTree.Dict(pair.Item2.Select(key => KeyValuePair.Create(key, pair.Item1.Tree)))
                    )
                )
        );
    }
}
