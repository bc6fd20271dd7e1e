using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>jacrev (native line <c>R</c>) and jacfwd (<c>W</c>).</summary>
internal sealed class JacobianStep(LevelArguments inner, Selection selection, bool byColumns) : Step(inner)
{
    public override void Write(StringBuilder code, Func<OutputTree?> outputs) =>
        code.Append($"{(byColumns ? 'W' : 'R')} leaves={selection.Numbers}\n");

    public override OutputTree Compose(OutputTree inner) => Differentiate(inner, selection, byColumns, InnerInputs);

    /// <summary>The tree of jacobians: in the place of each output leaf, the tree of the inputs.</summary>
    public static OutputTree Differentiate(OutputTree inner, Selection selection, bool byColumns, int inputs)
    {
        CheckOutputs(inner, byColumns);
        var tree = TreeSubstitution.Replace(
            inner.Tree,
            i => inner.Leaves[i].Dtype.IsDifferentiable() ? selection.Tree : TreeDef.None
        );
        var leaves = ImmutableArray.CreateBuilder<OutputLeaf>(tree.LeafCount);
        foreach (var output in inner.Leaves.Where(leaf => leaf.Dtype.IsDifferentiable()))
        {
            foreach (var input in selection.Leaves)
            {
                leaves.Add(
                    new OutputLeaf(
                        byColumns ? output.Dtype : input.Aval!.Dtype,
                        output.Shape is { } shape ? shape.AddRange(input.Aval!.Shape) : null,
                        inputs
                    )
                );
            }
        }

        return new OutputTree(tree, leaves.ToImmutable());
    }

    // Integer outputs beside floating ones are null; a complex output has no real row, but it has real columns' images.
    private static void CheckOutputs(OutputTree outputs, bool byColumns)
    {
        var name = byColumns ? "jacfwd" : "jacrev";
        foreach (var leaf in outputs.Leaves)
        {
            if (leaf.Dtype.IsComplex() && !byColumns)
            {
                throw new EngineException(
                    ErrorCode.NotDifferentiable,
                    $"{name} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got "
                        + $"{leaf.Dtype.Name()}. For differentiation of functions with complex outputs, use jax.vjp directly."
                );
            }
        }

        if (!outputs.Leaves.Any(leaf => leaf.Dtype.IsDifferentiable()))
        {
            var given = outputs.Leaves.IsEmpty ? "no array" : outputs.Leaves[0].Dtype.Name();
            throw new EngineException(
                ErrorCode.NotDifferentiable,
                $"{name} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got {given}."
            );
        }
    }
}
