namespace Torch2Jax.Transforms;

/// <summary>One of JAX's transforms with its options. A list of them is applied in order, the first one innermost.</summary>
public abstract record Transform
{
    private protected Transform() { }

    /// <summary>The word that names it in a request.</summary>
    public abstract string Name { get; }

    /// <summary>Takes the arguments of the transformed program apart into those of the program that it is applied to.</summary>
    internal abstract Step Peel(LevelArguments arguments, PeelContext context);
}
