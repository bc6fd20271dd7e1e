using System.Collections.Immutable;

namespace Torch2Jax.Transforms;

/// <summary>Which positional arguments to differentiate: one (its own tree is the gradient) or several (a tuple of them).</summary>
public sealed record Argnums
{
    private Argnums(ImmutableArray<int> positions, bool isSingle)
    {
        Positions = positions;
        IsSingle = isSingle;
    }

    /// <summary>The first argument alone: JAX's default.</summary>
    public static Argnums First { get; } = Single(0);

    /// <summary>The positions as given; negative ones count from the end, static arguments count too.</summary>
    public ImmutableArray<int> Positions { get; }

    /// <summary>Whether an int was given, not a list.</summary>
    public bool IsSingle { get; }

    /// <summary>One argument.</summary>
    public static Argnums Single(int position) => new([position], true);

    /// <summary>Several arguments, in the order of their gradients.</summary>
    public static Argnums Several(params ReadOnlySpan<int> positions) => new([.. positions], false);

    /// <inheritdoc/>
    public bool Equals(Argnums? other) =>
        other is not null && IsSingle == other.IsSingle && Positions.AsSpan().SequenceEqual(other.Positions.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Positions.Aggregate(IsSingle ? 1 : 2, static (hash, position) => HashCode.Combine(hash, position));

    /// <summary><c>0</c> or <c>(0, 1)</c>.</summary>
    public override string ToString() => IsSingle ? $"{Positions[0]}" : $"({string.Join(", ", Positions)})";
}
