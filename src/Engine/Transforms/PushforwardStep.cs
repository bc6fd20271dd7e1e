using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>jvp: one native line <c>J</c>, and one more input for each tangent.</summary>
internal sealed class PushforwardStep : Step
{
    private readonly IReadOnlyList<PyTree<LevelLeaf>> tangents;
    private readonly Selection selection;

    public PushforwardStep(LevelArguments inner, IReadOnlyList<PyTree<LevelLeaf>> tangents)
        : base(inner)
    {
        this.tangents = tangents;
        selection = Selection.OfAll(inner.Args);
        TangentTree.CheckTangents(inner.Args, tangents, selection);
    }

    public override IEnumerable<ProgramLeaf> Extra =>
        tangents.SelectMany(tree => tree.Leaves).Select(leaf => leaf.Input!);

    public override void Write(StringBuilder code, Func<OutputTree?> outputs)
    {
        code.Append($"J tangents={selection.Leaves.Length}");
        LeafList.AppendUnlessAll(code, selection, Inner);
        code.Append('\n');
    }

    public override OutputTree Compose(OutputTree inner)
    {
        var total = InnerInputs + selection.Leaves.Length;
        var tangentTree = TreeSubstitution.Replace(
            inner.Tree,
            i => inner.Leaves[i].Dtype.IsDifferentiable() ? TreeDef.Leaf : TreeDef.None
        );
        var pushed = inner
            .Leaves.Where(leaf => leaf.Dtype.IsDifferentiable())
            .Select(leaf => leaf with { Reach = total });
        return new OutputTree(TreeDef.Tuple(inner.Tree, tangentTree), inner.Leaves.AddRange(pushed));
    }
}
