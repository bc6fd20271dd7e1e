using System.Text;

namespace Torch2Jax.Transforms;

/// <summary>One transform of a plan, applied to the arguments at hand.</summary>
/// <param name="inner">The arguments of the program that the transform is applied to.</param>
internal abstract class Step(LevelArguments inner)
{
    /// <summary>The arguments of the program that the transform is applied to.</summary>
    public LevelArguments Inner { get; } = inner;

    /// <summary>The inputs that the transform adds, in order; native code numbers them after those of the inner program.</summary>
    public virtual IEnumerable<ProgramLeaf> Extra => [];

    /// <summary>Number of inputs of the inner program and of the transformed one; set once all leaves are numbered.</summary>
    public int InnerInputs { get; set; }

    /// <summary>Writes the lines of t2j.h, after checking what can be checked.</summary>
    /// <param name="code">Where to write.</param>
    /// <param name="outputs">Asks for the inner program's outputs; null where they are not known.</param>
    public abstract void Write(StringBuilder code, Func<OutputTree?> outputs);

    /// <summary>The transformed program's outputs from those of the inner one; checks what only they can tell.</summary>
    public abstract OutputTree Compose(OutputTree inner);
}
