using System.Collections.Immutable;
using Torch2Jax.Errors;

namespace Torch2Jax.Sharding;

/// <summary>Whether a spec fits a mesh and a shape, and the shapes on either side of it.</summary>
internal static class SpecCheck
{
    /// <summary>The spec's axes exist, and none is there twice.</summary>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public static void Axes(PartitionSpec spec, Mesh mesh, string where, string path)
    {
        var seen = new HashSet<string>();
        foreach (var axis in spec.Axes)
        {
            if (!mesh.AxisNames.Contains(axis))
            {
                throw Refuse($"{where} must refer to axes of the mesh {mesh}, but {spec} refers to '{axis}'.", path);
            }

            if (!seen.Add(axis))
            {
                throw Refuse($"{where}: {spec} names the axis '{axis}' twice; an axis divides one dimension.", path);
            }
        }
    }

    /// <summary>The spec has no more entries than the array has dimensions, trailing nulls counted.</summary>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public static void Rank(PartitionSpec spec, ImmutableArray<long> shape, string what, string path)
    {
        if (spec.Dimensions.Length > shape.Length)
        {
            throw Refuse(
                $"{spec} has length {spec.Dimensions.Length}, but {what} has shape {Text(shape)}, which has rank "
                    + $"{shape.Length} (and {shape.Length} < {spec.Dimensions.Length}). A spec must be of length no greater "
                    + "than the number of dimensions.",
                path
            );
        }
    }

    /// <summary>The shape of one shard; every dimension must divide.</summary>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public static ImmutableArray<long> Divide(
        PartitionSpec spec,
        Mesh mesh,
        ImmutableArray<long> shape,
        string what,
        string path
    )
    {
        Rank(spec, shape, what, path);
        var shard = shape.ToBuilder();
        for (var i = 0; i < spec.Dimensions.Length; i++)
        {
            var parts = Parts(spec.Dimensions[i], mesh);
            if (shape[i] % parts != 0)
            {
                throw Refuse(
                    $"{what} of shape {Text(shape)} cannot be partitioned by {spec} over {mesh}: dimension {i} of size "
                        + $"{shape[i]} does not divide by {parts}.",
                    path
                );
            }

            shard[i] = shape[i] / parts;
        }

        return shard.ToImmutable(); // the builder of an empty array (a scalar) is larger than it
    }

    /// <summary>The global shape from that of one shard.</summary>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public static ImmutableArray<long> Join(
        PartitionSpec spec,
        Mesh mesh,
        ImmutableArray<long> shard,
        string what,
        string path
    )
    {
        Rank(spec, shard, what, path);
        var shape = shard.ToBuilder();
        for (var i = 0; i < spec.Dimensions.Length; i++)
        {
            shape[i] = checked(shard[i] * Parts(spec.Dimensions[i], mesh));
        }

        return shape.ToImmutable();
    }

    public static EngineException Refuse(string text, string path) => new(ErrorCode.InvalidSharding, text, path);

    private static long Parts(ImmutableArray<string> axes, Mesh mesh) =>
        axes.Aggregate(1L, (parts, axis) => parts * mesh.Shape[mesh.AxisNames.IndexOf(axis)]);

    private static string Text(ImmutableArray<long> shape) =>
        shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
}
