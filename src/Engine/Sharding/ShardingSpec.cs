using Torch2Jax.Trees;

namespace Torch2Jax.Sharding;

/// <summary>How a function is run in shards. It wraps the function itself: transforms see global arrays.</summary>
/// <param name="Mesh">The devices.</param>
/// <param name="InSpecs">One prefix tree an argument; null leaves are replicated.</param>
/// <param name="OutSpecs">A prefix tree of the output; null: the function runs on the full arrays.</param>
public sealed record ShardingSpec(
    Mesh Mesh,
    IReadOnlyList<PyTree<PartitionSpec?>> InSpecs,
    PyTree<PartitionSpec?>? OutSpecs
);
