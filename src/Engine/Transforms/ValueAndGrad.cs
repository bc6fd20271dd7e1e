namespace Torch2Jax.Transforms;

/// <summary>The value of a function with a real scalar output, and its gradient.</summary>
/// <param name="Argnums">What to differentiate with respect to.</param>
/// <param name="HasAux">Whether the function returns (value, aux); the result is then ((value, aux), gradient).</param>
public sealed record ValueAndGrad(Argnums Argnums, bool HasAux = false) : Transform
{
    /// <summary>With respect to the first argument.</summary>
    public ValueAndGrad()
        : this(Argnums.First) { }

    /// <inheritdoc/>
    public override string Name => "valueAndGrad";

    internal override Step Peel(LevelArguments arguments, PeelContext context) =>
        new GradStep(
            arguments,
            Selection.OfArgnums(Argnums, arguments, context, "grad", "jax.vjp"),
            withValue: true,
            HasAux
        );
}
