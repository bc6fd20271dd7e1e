using System.Text;

namespace Torch2Jax.Transforms;

/// <summary>
/// hessian: two native lines <c>R</c>. jacrev twice has the values and the tree of JAX's jacfwd of jacrev, and is the
/// cheaper one here: rows of rows run in one batch, where columns would need a double backward for each.
/// </summary>
internal sealed class HessianStep(LevelArguments inner, Selection selection) : Step(inner)
{
    public override void Write(StringBuilder code, Func<OutputTree?> outputs) =>
        code.Append($"R leaves={selection.Numbers}\nR leaves={selection.Numbers}\n");

    public override OutputTree Compose(OutputTree inner)
    {
        var jacobian = JacobianStep.Differentiate(inner, selection, byColumns: false, InnerInputs);
        return JacobianStep.Differentiate(jacobian, selection, byColumns: false, InnerInputs);
    }
}
