using Torch2Jax.Arrays;

namespace Torch2Jax.Transforms;

/// <summary>One input of a program: an array or shape as the caller gave it, and its number once the plan is made.</summary>
internal sealed class ProgramLeaf(IArgumentLeaf value)
{
    /// <summary>The whole array or shape.</summary>
    public IArgumentLeaf Value { get; } = value;

    /// <summary>Its place among the inputs: the function's leaves first, then those that each vjp or jvp adds.</summary>
    public int Number { get; set; } = -1;
}
