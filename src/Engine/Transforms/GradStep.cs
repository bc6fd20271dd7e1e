using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>grad and valueAndGrad: one native line <c>G</c>.</summary>
internal sealed class GradStep(LevelArguments inner, Selection selection, bool withValue, bool hasAux) : Step(inner)
{
    public override void Write(StringBuilder code, Func<OutputTree?> outputs) =>
        code.Append($"G value={(withValue ? 1 : 0)} aux={(hasAux ? 1 : 0)} leaves={selection.Numbers}\n");

    public override OutputTree Compose(OutputTree inner)
    {
        var value = hasAux ? RequirePair(inner.Tree).Children[0] : inner.Tree;
        if (value.Kind != TreeKind.Leaf)
        {
            throw Refuse($"Gradient only defined for scalar-output functions. Output was: {value}.");
        }

        CheckScalar(inner.Leaves[0]);
        var gradients = selection
            .Leaves.Select(leaf => new OutputLeaf(leaf.Aval!.Dtype, leaf.Aval.Shape, InnerInputs))
            .ToImmutableArray();
        if (withValue)
        {
            return new OutputTree(TreeDef.Tuple(inner.Tree, selection.Tree), inner.Leaves.AddRange(gradients));
        }

        return hasAux
            ? new OutputTree(
                TreeDef.Tuple(selection.Tree, inner.Tree.Children[1]),
                gradients.AddRange(inner.Leaves.AsSpan()[1..])
            )
            : new OutputTree(selection.Tree, gradients);
    }

    private static TreeDef RequirePair(TreeDef tree) =>
        tree is { Kind: TreeKind.Tuple, Children.Length: 2 }
            ? tree
            : throw new EngineException(
                ErrorCode.InvalidTransform,
                $"expected function with aux output to return a two-element tuple, but its output is {tree}."
            );

    private static void CheckScalar(OutputLeaf value)
    {
        if (value.Shape is { Length: > 0 } shape)
        {
            throw Refuse(
                $"Gradient only defined for scalar-output functions. Output had shape: {JaxText.Tuple(shape)}."
            );
        }

        if (!value.Dtype.IsFloating())
        {
            throw Refuse(
                "grad requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got "
                    + $"{value.Dtype.Name()}. For differentiation of functions with complex or integer outputs, use jax.vjp directly."
            );
        }
    }

    private static EngineException Refuse(string text) => new(ErrorCode.NotDifferentiable, text);
}
