using System.Text;

namespace Torch2Jax.Transforms;

/// <summary>The option <c>leaves=</c> of the native lines V and J.</summary>
internal static class LeafList
{
    /// <summary>
    /// Names the leaves unless they are all differentiable inputs in order; where there are keyword arguments they are
    /// not, for these are no part of a derivative.
    /// </summary>
    public static void AppendUnlessAll(StringBuilder code, Selection selection, LevelArguments inner)
    {
        var all = inner.Inputs.Where(leaf => leaf.IsDifferentiable).Select(leaf => leaf.Input!.Number).Order();
        if (!all.SequenceEqual(selection.Leaves.Select(leaf => leaf.Input!.Number)))
        {
            code.Append(" leaves=").Append(selection.Numbers);
        }
    }
}
