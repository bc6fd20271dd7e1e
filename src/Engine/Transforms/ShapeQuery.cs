using System.Collections.Immutable;
using Torch2Jax.Arrays;

namespace Torch2Jax.Transforms;

/// <summary>Asks for the outputs of a function without transforms: on the shapes that one of its calls sees.</summary>
/// <param name="ArgumentsCode">Structure code of the arguments, static values included.</param>
/// <param name="Leaves">The function's leaves in order: an element of every batch, a shard of every sharded array.</param>
public sealed record ShapeQuery(string ArgumentsCode, ImmutableArray<ShapeDtypeStruct> Leaves)
{
    /// <summary>The leaves as <c>float32[10, 5], int64[10]</c>.</summary>
    public string ShapeKey => string.Join(", ", Leaves);
}
