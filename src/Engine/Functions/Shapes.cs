using Torch2Jax.Arrays;

namespace Torch2Jax.Functions;

/// <summary>Shapes and dtypes of leaves, whether or not they have data.</summary>
internal static class Shapes
{
    /// <summary>The leaf's dtype; null for a static value.</summary>
    public static DType? DtypeOf(IArgumentLeaf leaf) =>
        leaf switch
        {
            NDArray array => array.Dtype,
            ShapeDtypeStruct shape => shape.Dtype,
            _ => null,
        };

    /// <summary>The leaf's shape and dtype; null for a static value.</summary>
    public static ShapeDtypeStruct? AvalOf(IArgumentLeaf leaf) =>
        leaf switch
        {
            NDArray array => array.Aval,
            ShapeDtypeStruct shape => shape,
            _ => null,
        };

    /// <summary>Whether the array has exactly this shape and dtype; allocates nothing.</summary>
    public static bool Fits(this NDArray array, ShapeDtypeStruct shape) =>
        array.Dtype == shape.Dtype && array.Shape.SequenceEqual(shape.Shape.AsSpan());
}
