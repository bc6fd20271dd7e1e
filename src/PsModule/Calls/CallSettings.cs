using System.Collections;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;

namespace Torch2Jax.PsModule.Calls;

/// <summary>What the calls of one cmdlet have in common.</summary>
/// <param name="Name"><c>name</c> or <c>name@3</c>.</param>
/// <param name="Keywords">Keyword arguments; null for none.</param>
/// <param name="Transforms">Transforms; null for none.</param>
/// <param name="OutputShape">The outputs' shapes as given; null where the engine finds them.</param>
/// <param name="Sharding">Mesh and specs; null for none.</param>
/// <param name="Device">The device; null for the default.</param>
/// <param name="Seed">The seed; null for fresh numbers.</param>
/// <param name="Timeout">When a call is given up; null for never.</param>
internal sealed record CallSettings(
    string Name,
    IDictionary? Keywords = null,
    IReadOnlyList<Transform>? Transforms = null,
    object? OutputShape = null,
    ShardingSpec? Sharding = null,
    string? Device = null,
    long? Seed = null,
    TimeSpan? Timeout = null
);
