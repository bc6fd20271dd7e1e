using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>vmap: one native line <c>B</c>.</summary>
internal sealed class BatchStep(LevelArguments inner, BatchAxes batch, PyTree<int?> outAxes, string method)
    : Step(inner)
{
    /// <summary>The inner program's inputs in the order of their numbers; set once all leaves are numbered.</summary>
    public IReadOnlyList<ProgramLeaf> Inputs { get; set; } = [];

    public override void Write(StringBuilder code, Func<OutputTree?> outputs)
    {
        code.Append(CultureInfo.InvariantCulture, $"B method={method} size={batch.Size} in=");
        code.AppendJoin(',', Inputs.Select(input => Text(batch[input])));
        code.Append(" out=").AppendJoin(',', OutTexts(outputs)).Append('\n');
    }

    public override OutputTree Compose(OutputTree inner)
    {
        var axes = Broadcast(inner.Tree);
        var paths = inner.Tree.KeyPaths();
        var leaves = ImmutableArray.CreateBuilder<OutputLeaf>(axes.Count);
        for (var i = 0; i < axes.Count; i++)
        {
            leaves.Add(
                axes[i] is { } axis ? WithAxis(inner.Leaves[i], axis, paths[i]) : Unbatched(inner.Leaves[i], paths[i])
            );
        }

        return new OutputTree(inner.Tree, leaves.MoveToImmutable());
    }

    // One axis for all outputs needs no knowledge of them, so a plan stays the same whatever the shape cache knows.
    private IEnumerable<string> OutTexts(Func<OutputTree?> outputs)
    {
        if (outAxes.Structure.Kind == TreeKind.Leaf && (outAxes.Leaves[0] is not null || !Inputs.Any(IsMapped)))
        {
            return [Text(outAxes.Leaves[0])];
        }

        var known =
            outputs()
            ?? throw new EngineException(
                ErrorCode.DataDependentShape,
                "outAxes is a tree of the output, whose structure is not known before the function has run on data; "
                    + "give one axis for all outputs, or register the function with outputShapes."
            );
        Compose(known);
        return Broadcast(known.Tree).Select(Text);
    }

    private IReadOnlyList<int?> Broadcast(TreeDef outputs)
    {
        try
        {
            return PrefixTree.Broadcast(outAxes, outputs, "vmap out_axes");
        }
        catch (EngineException error)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                "vmap out_axes specification must be a tree prefix of the corresponding value, got specification "
                    + $"{outAxes.Structure} for value tree {outputs}. {error.Message}",
                null,
                error
            );
        }
    }

    private OutputLeaf WithAxis(OutputLeaf leaf, int axis, string path)
    {
        if (leaf.Shape is not { } shape)
        {
            return leaf;
        }

        var rank = shape.Length + 1;
        return axis >= -rank && axis < rank
            ? leaf with
            {
                Shape = shape.Insert(axis < 0 ? axis + rank : axis, batch.Size),
            }
            : throw new EngineException(
                ErrorCode.InvalidTransform,
                $"vmap out_axes is {axis} for output{path}, which has {rank} axes with that of the batch (its shape "
                    + $"without it is {JaxText.Tuple(shape)})"
            );
    }

    private OutputLeaf Unbatched(OutputLeaf leaf, string path) =>
        Inputs.Take(leaf.Reach).Any(IsMapped)
            ? throw new EngineException(
                ErrorCode.InvalidTransform,
                $"vmap has mapped output{path} but out_axes is None"
            )
            : leaf;

    private bool IsMapped(ProgramLeaf input) => batch[input] is not null;

    private static string Text(int? axis) => axis is { } number ? number.ToString(CultureInfo.InvariantCulture) : "-";
}
