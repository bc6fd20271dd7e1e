namespace Torch2Jax.Transforms;

/// <summary>The jacobian, column by column (forward mode): for functions with more outputs than inputs.</summary>
/// <param name="Argnums">What to differentiate with respect to.</param>
public sealed record Jacfwd(Argnums Argnums) : Transform
{
    /// <summary>With respect to the first argument.</summary>
    public Jacfwd()
        : this(Argnums.First) { }

    /// <inheritdoc/>
    public override string Name => "jacfwd";

    internal override Step Peel(LevelArguments arguments, PeelContext context) =>
        new JacobianStep(arguments, Selection.OfArgnums(Argnums, arguments, context, Name, "jax.jvp"), byColumns: true);
}
