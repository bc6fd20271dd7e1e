using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>A call to be planned.</summary>
/// <param name="Schema">The function's declaration.</param>
/// <param name="Args">Positional arguments of the transformed function: arrays, shapes and static values.</param>
/// <param name="Kwargs">Keyword arguments; null for none.</param>
/// <param name="Transforms">Applied in order, the first one innermost.</param>
/// <param name="Nondiff">Where derivatives stop; null for nowhere.</param>
/// <param name="VmapMethod">What a vmap without a method uses.</param>
/// <param name="Sharding">Mesh and specs; null for none.</param>
/// <param name="FunctionShapes">
/// Asks the shape cache or inference for the function's own outputs; null where nobody knows them. Asked only where the
/// plan needs them: cotangents to be checked, outAxes or outSpecs that are trees, sharded outputs.
/// </param>
/// <param name="OutputShapes">The function's own (global) outputs where the caller names them; asked before anyone else.</param>
/// <param name="Device">The call's device; where a mesh names none, its shards run on devices of that kind.</param>
public sealed record PlanRequest(
    FunctionSchema Schema,
    IReadOnlyList<PyTree<IArgumentLeaf>> Args,
    IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs,
    IReadOnlyList<Transform> Transforms,
    NondiffOption? Nondiff,
    string VmapMethod,
    ShardingSpec? Sharding,
    Func<ShapeQuery, PyTree<ShapeDtypeStruct>?> FunctionShapes,
    PyTree<ShapeDtypeStruct>? OutputShapes = null,
    string? Device = null
);
