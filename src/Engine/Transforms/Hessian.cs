namespace Torch2Jax.Transforms;

/// <summary>The matrix of second derivatives, nested as JAX's <c>jacfwd(jacrev(f))</c>.</summary>
/// <param name="Argnums">What to differentiate with respect to, twice.</param>
public sealed record Hessian(Argnums Argnums) : Transform
{
    /// <summary>With respect to the first argument.</summary>
    public Hessian()
        : this(Argnums.First) { }

    /// <inheritdoc/>
    public override string Name => "hessian";

    internal override Step Peel(LevelArguments arguments, PeelContext context) =>
        new HessianStep(arguments, Selection.OfArgnums(Argnums, arguments, context, Name, "jax.vjp"));
}
