using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Conformance.Transports;

/// <summary>Recorded trees as the engine's, and back.</summary>
internal static class EngineTree
{
    public static PyTree<IArgumentLeaf> Arguments(GoldenTree tree) => Build(tree, Argument);

    public static PyTree<OutputShapeLeaf> OutputShapes(GoldenTree tree) =>
        Build(tree, leaf => new OutputShapeLeaf(DTypes.Parse(leaf.Dtype, ""), [.. leaf.Shape]));

    public static GoldenTree Read(PyTree<NDArray> tree) =>
        Read(tree, array => Leaf(array.Dtype, array.Shape) with { Data = array.Bytes.ToArray() });

    public static GoldenTree Read(PyTree<ShapeDtypeStruct> tree) =>
        Read(tree, shape => Leaf(shape.Dtype, shape.Shape.AsSpan()));

    private static PyTree<T> Build<T>(GoldenTree tree, Func<GoldenTree, T> leaf) =>
        tree.Kind switch
        {
            NodeKind.Tuple => PyTree.Tuple<T>([.. tree.Children.Select(child => Build(child, leaf))]),
            NodeKind.List => PyTree.List<T>([.. tree.Children.Select(child => Build(child, leaf))]),
            NodeKind.Dict => PyTree.Dict(
                tree.Keys.Zip(tree.Children, (key, child) => KeyValuePair.Create(key, Build(child, leaf)))
            ),
            NodeKind.None => PyTree.None<T>(),
            _ => PyTree.Leaf(leaf(tree)),
        };

    private static IArgumentLeaf Argument(GoldenTree leaf)
    {
        if (leaf.Kind == NodeKind.Static)
        {
            return new StaticValue(
                leaf.Static.ValueKind switch
                {
                    System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False =>
                        leaf.Static.GetBoolean(),
                    System.Text.Json.JsonValueKind.String => leaf.Static.GetString()!,
                    _ => leaf.Static.TryGetInt64(out var whole) ? (object)whole : leaf.Static.GetDouble(),
                }
            );
        }

        var dtype = DTypes.Parse(leaf.Dtype, "");
        if (leaf.Data is null)
        {
            return new ShapeDtypeStruct(dtype, leaf.Shape.AsSpan());
        }

        var array = NDArray.Allocate(dtype, leaf.Shape);
        leaf.Data.CopyTo(array.Bytes);
        return array;
    }

    private static GoldenTree Read<T>(PyTree<T> tree, Func<T, GoldenTree> leaf)
    {
        IReadOnlyList<GoldenTree> Children() => [.. tree.Children.Select(child => Read(child, leaf))];
        return tree.Structure.Kind switch
        {
            TreeKind.Leaf => leaf(tree.Leaves[0]),
            TreeKind.None => GoldenTree.None,
            TreeKind.List => new(NodeKind.List) { Children = Children() },
            TreeKind.Dict => GoldenTree.Dict(tree.Structure.Keys.Zip(Children())),
            _ => GoldenTree.Tuple(Children()),
        };
    }

    private static GoldenTree Leaf(DType dtype, ReadOnlySpan<long> shape) =>
        new(NodeKind.Leaf) { Dtype = dtype.Name(), Shape = shape.ToArray() };
}
