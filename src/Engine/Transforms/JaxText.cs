using System.Collections.Immutable;
using Torch2Jax.Arrays;

namespace Torch2Jax.Transforms;

/// <summary>Types and shapes as JAX's error texts print them.</summary>
internal static class JaxText
{
    /// <summary><c>float32[4,3]</c>.</summary>
    public static string Type(DType dtype, ImmutableArray<long> shape) => $"{dtype.Name()}[{string.Join(',', shape)}]";

    /// <summary><c>float32[4,3]</c>.</summary>
    public static string Type(ShapeDtypeStruct aval) => Type(aval.Dtype, aval.Shape);

    /// <summary>Python's tuple: <c>(4, 3)</c>, <c>(3,)</c>, <c>()</c>.</summary>
    public static string Tuple(ImmutableArray<long> shape) =>
        shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
}
