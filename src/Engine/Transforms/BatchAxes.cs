using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>The axes that a vmap maps its arguments over, leaf by leaf, and the size of the batch.</summary>
internal sealed class BatchAxes
{
    private readonly Dictionary<ProgramLeaf, int> axes = [];

    private BatchAxes() { }

    /// <summary>Number of elements.</summary>
    public long Size { get; private set; }

    /// <summary>The axis of an input, 0 or more; null where it is not mapped.</summary>
    public int? this[ProgramLeaf input] => axes.TryGetValue(input, out var axis) ? axis : null;

    /// <summary>The arguments of one element.</summary>
    public LevelArguments Elements(LevelArguments arguments) =>
        arguments.Map(leaf => leaf.Input is { } input && this[input] is { } axis ? leaf.WithoutAxis(axis) : leaf);

    /// <summary>Broadcasts inAxes over the arguments' trees and checks sizes.</summary>
    /// <exception cref="EngineException">InvalidTransform, with JAX's texts.</exception>
    public static BatchAxes Resolve(Vmap vmap, LevelArguments arguments, PeelContext context)
    {
        var batch = new BatchAxes();
        var sizes = new BatchSizes();
        RequireOneEntryEach(vmap, arguments, context);
        for (var i = 0; i < arguments.Args.Count; i++)
        {
            var entry = vmap.InAxes is { } each ? each[i] : PyTree.Leaf(vmap.InAxis);
            batch.Add(arguments.Args[i], entry, context.Argument(i), $"{context.Path}.inAxes[{i}]", sizes);
        }

        // JAX maps keyword arguments over their first axis, whatever in_axes says.
        foreach (var (name, tree) in arguments.Kwargs)
        {
            batch.Add(tree, PyTree.Leaf<int?>(0), $"argument {name}", $"kwargs.{name}", sizes);
        }

        batch.Size = sizes.Common(vmap.AxisSize, $"{context.Path}.inAxes");
        return batch;
    }

    private static void RequireOneEntryEach(Vmap vmap, LevelArguments arguments, PeelContext context)
    {
        if (vmap.InAxes is { } each && each.Count != arguments.Args.Count)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed "
                    + $"to the function, but got len(in_axes)={each.Count}, len(args)={arguments.Args.Count}",
                $"{context.Path}.inAxes"
            );
        }
    }

    private void Add(PyTree<LevelLeaf> argument, PyTree<int?> entry, string name, string path, BatchSizes sizes)
    {
        var given = Broadcast(entry, argument.Structure, path);
        var keys = argument.Structure.KeyPaths();
        for (var k = 0; k < given.Count; k++)
        {
            var leaf = argument.Leaves[k];
            if (given[k] is { } axis && leaf.Input is { } input)
            {
                var normalised = Normalise(axis, leaf, path);
                axes.Add(input, normalised);
                sizes.Add(
                    leaf.Aval!.Shape[normalised],
                    $"axis {axis} of {name}{keys[k]} of type {JaxText.Type(leaf.Aval)}"
                );
            }
        }
    }

    private static IReadOnlyList<int?> Broadcast(PyTree<int?> entry, TreeDef argument, string path)
    {
        try
        {
            return PrefixTree.Broadcast(entry, argument, "vmap in_axes");
        }
        catch (EngineException error)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                "vmap in_axes specification must be a tree prefix of the corresponding value, got specification "
                    + $"{entry.Structure} for value tree {argument}. {error.Message}",
                path,
                error
            );
        }
    }

    private static int Normalise(int axis, LevelLeaf leaf, string path)
    {
        var rank = leaf.Aval!.Rank;
        if (axis >= -rank && axis < rank)
        {
            return axis < 0 ? axis + rank : axis;
        }

        throw new EngineException(
            ErrorCode.InvalidTransform,
            $"vmap was requested to map its argument along axis {axis}, which implies that its rank should be at least "
                + $"{(axis < 0 ? -(long)axis : axis + 1L)}, but is only {rank} (its shape is {JaxText.Tuple(leaf.Aval.Shape)})",
            path
        );
    }
}
