namespace Torch2Jax.Transforms;

/// <summary>The jacobian, row by row (reverse mode): for functions with more inputs than outputs.</summary>
/// <param name="Argnums">What to differentiate with respect to.</param>
public sealed record Jacrev(Argnums Argnums) : Transform
{
    /// <summary>With respect to the first argument.</summary>
    public Jacrev()
        : this(Argnums.First) { }

    /// <inheritdoc/>
    public override string Name => "jacrev";

    internal override Step Peel(LevelArguments arguments, PeelContext context) =>
        new JacobianStep(
            arguments,
            Selection.OfArgnums(Argnums, arguments, context, Name, "jax.vjp"),
            byColumns: false
        );
}
