using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>vjp: one native line <c>V</c>, and one more input for each cotangent.</summary>
internal sealed class PullbackStep : Step
{
    private readonly PyTree<LevelLeaf> cotangents;
    private readonly Selection selection;

    public PullbackStep(LevelArguments inner, PyTree<LevelLeaf> cotangents)
        : base(inner)
    {
        this.cotangents = cotangents;
        selection = Selection.OfAll(inner.Args);
        TangentTree.RequireArrays(cotangents, "cotangent", "args[1]");
    }

    public override IEnumerable<ProgramLeaf> Extra => cotangents.Leaves.Select(leaf => leaf.Input!);

    public override void Write(StringBuilder code, Func<OutputTree?> outputs)
    {
        if (outputs() is { } known)
        {
            CheckCotangents(known);
        }

        code.Append($"V cotangents={cotangents.Leaves.Count}");
        LeafList.AppendUnlessAll(code, selection, Inner);
        code.Append('\n');
    }

    public override OutputTree Compose(OutputTree inner)
    {
        CheckCotangents(inner);
        var total = InnerInputs + cotangents.Leaves.Count;
        var pulled = selection.Leaves.Select(leaf => new OutputLeaf(leaf.Aval!.Dtype, leaf.Aval.Shape, total));
        return new OutputTree(TreeDef.Tuple(inner.Tree, selection.Tree), inner.Leaves.AddRange(pulled));
    }

    private void CheckCotangents(OutputTree outputs)
    {
        var expected = TreeSubstitution.Replace(
            outputs.Tree,
            i => outputs.Leaves[i].Dtype.IsDifferentiable() ? TreeDef.Leaf : TreeDef.None
        );
        if (!TangentTree.Fits(cotangents.Structure, expected))
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"Tree structure of cotangent input {cotangents.Structure}, does not match structure of primal output "
                    + $"{outputs.Tree}; expected {expected} (null in the place of integer and bool leaves).",
                "args[1]"
            );
        }

        var paths = expected.KeyPaths();
        var wanted = outputs.Leaves.Where(leaf => leaf.Dtype.IsDifferentiable()).ToArray();
        for (var i = 0; i < wanted.Length; i++)
        {
            CheckCotangent(cotangents.Leaves[i].Aval!, wanted[i], paths[i]);
        }
    }

    private static void CheckCotangent(ShapeDtypeStruct given, OutputLeaf output, string path)
    {
        if (
            given.Dtype == output.Dtype
            && (output.Shape is not { } shape || given.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
        )
        {
            return;
        }

        throw new EngineException(
            ErrorCode.InvalidTransform,
            "unexpected JAX type (e.g. shape/dtype) for argument to VJP function: "
                + $"got {JaxText.Type(given)}, but expected {output} because the corresponding output of the "
                + $"differentiated function had JAX type {output}",
            $"args[1]{path}"
        );
    }
}
