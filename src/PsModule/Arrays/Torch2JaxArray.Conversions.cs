using System.Globalization;
using Torch2Jax.PsModule.Arrays;

namespace Torch2Jax.PsModule;

// To .NET and back, so that casts, -eq and -lt do what a script's author expects. The shell needs no operators for these.
#pragma warning disable CA1036
public sealed partial class Torch2JaxArray : IEquatable<Torch2JaxArray>, IComparable
{
    /// <summary>A .NET array of the same rank, <c>float[,]</c>; a scalar's value itself.</summary>
    public object ToArray() => DotNetArrays.OfSameRank(this);

    /// <summary>Arrays within arrays, <c>float[][]</c>, which scripts index as <c>$m[0][1]</c>.</summary>
    public object ToNestedArray() => DotNetArrays.Nested(this);

    /// <summary>All elements in one .NET array, row-major.</summary>
    public Array ToFlatArray() => DotNetArrays.Flat(this);

    /// <summary>Readable text: the number of a scalar, else rows in brackets; long arrays are cut short.</summary>
    public override string ToString() => ArrayText.OneLine(this);

    /// <summary>Dtype and shape, then the rows one below the other.</summary>
    public string ToDisplayString() => ArrayText.Lines(this);

    /// <summary>The same dtype, shape and bits.</summary>
    public bool Equals(Torch2JaxArray? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Aval.Equals(other.Aval) && Bytes.SequenceEqual(other.Bytes));

    /// <summary>The same array; an array of one element also equals that number.</summary>
    public override bool Equals(object? obj) =>
        obj switch
        {
            Torch2JaxArray other => Equals(other),
            IConvertible number when Size == 1 && obj is not string => ToScalar().Equals(number) || SameNumber(number),
            _ => false,
        };

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Aval);
        hash.AddBytes(Bytes[..Math.Min(Bytes.Length, 64)]);
        return hash.ToHashCode();
    }

    /// <summary>Orders arrays of one element by their number.</summary>
    /// <exception cref="ArgumentException">One of the two has no order.</exception>
    public int CompareTo(object? obj) =>
        obj switch
        {
            Torch2JaxArray other => Real().CompareTo(other.Real()),
            IConvertible number => Real().CompareTo(number.ToDouble(CultureInfo.InvariantCulture)),
            null => 1,
            _ => throw new ArgumentException($"{Aval} cannot be compared with {obj.GetType().Name}.", nameof(obj)),
        };

    /// <summary>The number of an array of one element.</summary>
    public static explicit operator double(Torch2JaxArray array) => array.Real();

    /// <summary>The number of an array of one element.</summary>
    public static explicit operator float(Torch2JaxArray array) => (float)array.Real();

    /// <summary>The number of an array of one element; a fraction is an error, not rounded.</summary>
    public static explicit operator long(Torch2JaxArray array) => array.Whole();

    /// <summary>The number of an array of one element; a fraction is an error, not rounded.</summary>
    public static explicit operator int(Torch2JaxArray array) => checked((int)array.Whole());

    /// <summary>Whether an array of one element is not zero.</summary>
    public static explicit operator bool(Torch2JaxArray array) => array.Real() != 0;

    /// <summary>A float64 scalar.</summary>
    public static implicit operator Torch2JaxArray(double value) =>
        NumberArrays.Scalar(value, Torch2Jax.Arrays.DType.Float64);

    /// <summary>An int64 scalar.</summary>
    public static implicit operator Torch2JaxArray(long value) =>
        NumberArrays.Scalar(value, Torch2Jax.Arrays.DType.Int64);

    /// <summary>An int64 scalar.</summary>
    public static implicit operator Torch2JaxArray(int value) =>
        NumberArrays.Scalar(value, Torch2Jax.Arrays.DType.Int64);

    private bool SameNumber(IConvertible number) =>
        ToScalar() is not System.Numerics.Complex && Real().Equals(number.ToDouble(CultureInfo.InvariantCulture));

    private long Whole() =>
        ToScalar() switch
        {
            long whole => whole,
            _ when Real() is var real && Math.Truncate(real) == real && Math.Abs(real) < 9.3e18 => (long)real,
            _ => throw new InvalidCastException($"{this} is no whole number; cast it to [double] first."),
        };

    private double Real() =>
        ToScalar() switch
        {
            System.Numerics.Complex => throw new InvalidCastException($"{Aval} is complex and has no order."),
            Half half => (double)half,
            IConvertible number => number.ToDouble(CultureInfo.InvariantCulture),
            var other => throw new InvalidCastException($"{other.GetType().Name} is no number."),
        };
}
