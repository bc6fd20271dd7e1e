using System.Collections.Immutable;
using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>An output's shape as a caller writes it, whose dtype may be left to be guessed.</summary>
/// <param name="Dtype">The dtype; null where it is not given.</param>
/// <param name="Shape">The dimensions.</param>
public sealed record PartialShape(DType? Dtype, ImmutableArray<long> Shape) : IArgumentLeaf;
