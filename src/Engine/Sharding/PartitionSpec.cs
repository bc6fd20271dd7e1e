using System.Collections.Immutable;

namespace Torch2Jax.Sharding;

/// <summary>Which mesh axes each dimension of an array is divided along; dimensions beyond the last entry are whole.</summary>
public sealed record PartitionSpec
{
    /// <summary>Makes a spec.</summary>
    /// <param name="dimensions">For each dimension its axes, the first one the slowest; empty: whole.</param>
    public PartitionSpec(ImmutableArray<ImmutableArray<string>> dimensions) => Dimensions = dimensions;

    /// <summary>No dimension is divided.</summary>
    public static PartitionSpec Replicated { get; } = new([]);

    /// <summary>For each dimension its axes; empty where it is whole.</summary>
    public ImmutableArray<ImmutableArray<string>> Dimensions { get; }

    /// <summary>All axes it names.</summary>
    public IEnumerable<string> Axes => Dimensions.SelectMany(dimension => dimension);

    /// <summary>A spec with at most one axis a dimension; null where it is whole.</summary>
    public static PartitionSpec Of(params ReadOnlySpan<string?> axes)
    {
        var dimensions = ImmutableArray.CreateBuilder<ImmutableArray<string>>(axes.Length);
        foreach (var axis in axes)
        {
            dimensions.Add(axis is null ? [] : [axis]);
        }

        return new PartitionSpec(dimensions.MoveToImmutable());
    }

    /// <inheritdoc/>
    public bool Equals(PartitionSpec? other) =>
        other is not null
        && Dimensions.Length == other.Dimensions.Length
        && Dimensions.Zip(other.Dimensions).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => Axes.Aggregate(Dimensions.Length, HashCode.Combine);

    /// <summary>JAX's text: <c>P('x', None)</c>, <c>P(('a', 'b'),)</c>.</summary>
    public override string ToString()
    {
        var entries = Dimensions.Select(axes =>
            axes.Length switch
            {
                0 => "None",
                1 => $"'{axes[0]}'",
                _ => $"({string.Join(", ", axes.Select(axis => $"'{axis}'"))})",
            }
        );
        return Dimensions.Length == 1 ? $"P({entries.First()},)" : $"P({string.Join(", ", entries)})";
    }
}
