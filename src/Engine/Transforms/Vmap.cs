using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Maps a function over an axis of its arguments.</summary>
/// <param name="InAxes">One prefix tree an argument, or null where <paramref name="InAxis"/> holds for all of them.</param>
/// <param name="InAxis">The axis of every argument where <paramref name="InAxes"/> is null; null: none is mapped.</param>
/// <param name="OutAxes">A prefix tree of the output: where the batch axis goes; null: the output has none.</param>
/// <param name="AxisSize">The size of the batch, needed where no argument is mapped.</param>
/// <param name="Method">One of <see cref="VmapMethods.All"/>; null: the function's own.</param>
public sealed record Vmap(
    IReadOnlyList<PyTree<int?>>? InAxes,
    int? InAxis,
    PyTree<int?> OutAxes,
    long? AxisSize = null,
    string? Method = null
) : Transform
{
    /// <summary>Over the first axis of every argument.</summary>
    public Vmap()
        : this(null, 0, PyTree.Leaf<int?>(0)) { }

    /// <inheritdoc/>
    public override string Name => "vmap";

    internal override Step Peel(LevelArguments arguments, PeelContext context)
    {
        var batch = BatchAxes.Resolve(this, arguments, context);
        return new BatchStep(
            batch.Elements(arguments),
            batch,
            OutAxes,
            VmapMethods.Require(Method ?? context.DefaultMethod, $"{context.Path}.method")
        );
    }
}
