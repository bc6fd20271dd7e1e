using System.Collections.Immutable;

namespace Torch2Jax.Arrays;

/// <summary>A shape and a dtype without data (JAX's name); describes arrays of any size and allocates nothing.</summary>
public sealed class ShapeDtypeStruct : IArgumentLeaf, IEquatable<ShapeDtypeStruct>
{
    private string? text;

    /// <summary>Describes an array.</summary>
    /// <exception cref="Errors.EngineException">A dimension is negative, or the size does not fit 64 bits.</exception>
    public ShapeDtypeStruct(DType dtype, ImmutableArray<long> shape)
    {
        Dtype = dtype;
        Shape = shape.IsDefault ? [] : shape;
        Size = ShapeMath.Size(dtype, Shape.AsSpan());
    }

    /// <summary>Describes an array.</summary>
    /// <exception cref="Errors.EngineException">A dimension is negative, or the size does not fit 64 bits.</exception>
    public ShapeDtypeStruct(DType dtype, params ReadOnlySpan<long> shape)
        : this(dtype, ImmutableArray.Create(shape)) { }

    /// <summary>The element type.</summary>
    public DType Dtype { get; }

    /// <summary>The dimensions; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Number of dimensions.</summary>
    public int Rank => Shape.Length;

    /// <summary>Number of elements.</summary>
    public long Size { get; }

    /// <summary>Number of bytes the array would have.</summary>
    public long ByteLength => Size * Dtype.ItemSize();

    /// <inheritdoc/>
    public bool Equals(ShapeDtypeStruct? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Dtype == other.Dtype && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ShapeDtypeStruct);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Dtype);
        foreach (var dimension in Shape)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary><c>float32[10, 5]</c>; <c>float32[]</c> for a scalar.</summary>
    public override string ToString() => text ??= $"{Dtype.Name()}[{ShapeMath.Text(Shape.AsSpan())}]";
}
