using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Sharding;

/// <summary>inSpecs broadcast over the arguments and checked, one spec for each array.</summary>
internal static class InputSpecs
{
    /// <summary>One spec for each leaf that is an array, in flatten order.</summary>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public static ImmutableArray<PartitionSpec> Resolve(
        ShardingSpec sharding,
        IReadOnlyList<PyTree<ShapeDtypeStruct?>> args
    )
    {
        if (sharding.InSpecs.Count != args.Count)
        {
            throw SpecCheck.Refuse(
                $"inSpecs has {sharding.InSpecs.Count} entries, but the function was given {args.Count} positional "
                    + "arguments; give one spec (or tree of specs, or null) for each.",
                "sharding.inSpecs"
            );
        }

        var specs = ImmutableArray.CreateBuilder<PartitionSpec>();
        for (var i = 0; i < args.Count; i++)
        {
            Add(sharding.InSpecs[i], args[i], sharding.Mesh, i, specs);
        }

        return specs.ToImmutable();
    }

    private static void Add(
        PyTree<PartitionSpec?> given,
        PyTree<ShapeDtypeStruct?> argument,
        Mesh mesh,
        int position,
        ImmutableArray<PartitionSpec>.Builder specs
    )
    {
        var path = $"sharding.inSpecs[{position}]";
        var keys = argument.Structure.KeyPaths();
        var broadcast = Broadcast(given, argument.Structure, path);
        foreach (var spec in given.Leaves)
        {
            SpecCheck.Axes(spec ?? PartitionSpec.Replicated, mesh, $"inSpecs[{position}]", path);
        }

        for (var k = 0; k < broadcast.Count; k++)
        {
            if (argument.Leaves[k] is { } array)
            {
                var spec = broadcast[k] ?? PartitionSpec.Replicated;
                SpecCheck.Divide(spec, mesh, array.Shape, $"args[{position}]{keys[k]}", path);
                specs.Add(spec);
            }
        }
    }

    private static IReadOnlyList<PartitionSpec?> Broadcast(PyTree<PartitionSpec?> given, TreeDef argument, string path)
    {
        try
        {
            return PrefixTree.Broadcast(given, argument, "inSpecs");
        }
        catch (EngineException error)
        {
            throw new EngineException(ErrorCode.InvalidSharding, error.Message, path, error);
        }
    }
}
