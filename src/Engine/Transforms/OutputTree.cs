using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>One output leaf of a program.</summary>
/// <param name="Dtype">Its dtype.</param>
/// <param name="Shape">Its shape; null where only the run will tell.</param>
/// <param name="Reach">It depends on the inputs with lower numbers than this.</param>
internal readonly record struct OutputLeaf(DType Dtype, ImmutableArray<long>? Shape, int Reach)
{
    /// <summary><c>float32[3]</c>, or the dtype alone where the shape is not known.</summary>
    public override string ToString() => Shape is { } shape ? JaxText.Type(Dtype, shape) : Dtype.Name();
}

/// <summary>The outputs of a program: their tree, and its leaves in flatten order, which is their native order too.</summary>
internal sealed record OutputTree(TreeDef Tree, ImmutableArray<OutputLeaf> Leaves)
{
    public static OutputTree OfDtypes(TreeDef tree, IReadOnlyList<DType> dtypes, int inputs) =>
        new(tree, [.. dtypes.Select(dtype => new OutputLeaf(dtype, null, inputs))]);

    public static OutputTree OfShapes(PyTree<ShapeDtypeStruct> shapes, int inputs) =>
        new(shapes.Structure, [.. shapes.Leaves.Select(leaf => new OutputLeaf(leaf.Dtype, leaf.Shape, inputs))]);

    /// <summary>The shapes as a tree; they must all be known.</summary>
    public PyTree<ShapeDtypeStruct> ToShapes() =>
        new(Tree, Leaves.Select(leaf => new ShapeDtypeStruct(leaf.Dtype, leaf.Shape!.Value)).ToArray());
}
