using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>One call of a function.</summary>
/// <param name="Args">The positional arguments; with transforms, those of the transformed function.</param>
/// <param name="Kwargs">Keyword arguments; null or empty for none.</param>
/// <param name="Transforms">Applied in order, the first one innermost; null for none.</param>
/// <param name="OutputShapes">The function's own outputs as the caller names them; binds this call alone.</param>
/// <param name="Sharding">Mesh and specs; null for none.</param>
/// <param name="Device">Where to run; null for <c>cpu</c>.</param>
/// <param name="Seed">Seed of random operators; null for fresh numbers.</param>
/// <param name="Timeout">When the function's loops stop; null for never. Operators do not stop.</param>
public sealed record Invocation(
    IReadOnlyList<PyTree<IArgumentLeaf>> Args,
    IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs = null,
    IReadOnlyList<Transform>? Transforms = null,
    PyTree<OutputShapeLeaf>? OutputShapes = null,
    ShardingSpec? Sharding = null,
    string? Device = null,
    long? Seed = null,
    TimeSpan? Timeout = null
);
