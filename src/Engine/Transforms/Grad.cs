namespace Torch2Jax.Transforms;

/// <summary>The gradient of a function with a real scalar output.</summary>
/// <param name="Argnums">What to differentiate with respect to.</param>
/// <param name="HasAux">Whether the function returns (value, aux); the result is then (gradient, aux).</param>
public sealed record Grad(Argnums Argnums, bool HasAux = false) : Transform
{
    /// <summary>With respect to the first argument.</summary>
    public Grad()
        : this(Argnums.First) { }

    /// <inheritdoc/>
    public override string Name => "grad";

    internal override Step Peel(LevelArguments arguments, PeelContext context) =>
        new GradStep(
            arguments,
            Selection.OfArgnums(Argnums, arguments, context, Name, "jax.vjp"),
            withValue: false,
            HasAux
        );
}
