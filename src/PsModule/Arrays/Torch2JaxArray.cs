using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Arrays;

namespace Torch2Jax.PsModule;

/// <summary>
/// An array as scripts hold it: dense, row-major, never changed, and in managed memory, so that nobody has to dispose of it.
/// </summary>
public sealed partial class Torch2JaxArray
{
    private readonly byte[] bytes;

    internal Torch2JaxArray(ShapeDtypeStruct aval, byte[] bytes)
    {
        Aval = aval;
        this.bytes = bytes;
    }

    /// <summary>The dtype's name, <c>float32</c>.</summary>
    public string DType => Aval.Dtype.Name();

    /// <summary>The dimensions; empty for a scalar.</summary>
    public long[] Shape => [.. Aval.Shape];

    /// <summary>Number of dimensions.</summary>
    public int Rank => Aval.Rank;

    /// <summary>Number of elements.</summary>
    public long Size => Aval.Size;

    /// <summary>Number of bytes.</summary>
    public long ByteLength => Aval.ByteLength;

    internal ShapeDtypeStruct Aval { get; }

    internal ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, (int)Aval.ByteLength);

    /// <summary>The bytes: little-endian, row-major; a copy.</summary>
    public byte[] ToBytes() => Bytes.ToArray();

    /// <summary>The same elements in another shape.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public Torch2JaxArray Reshape(params long[] shape)
    {
        var aval = new ShapeDtypeStruct(Aval.Dtype, shape.AsSpan());
        return aval.Size == Size
            ? new Torch2JaxArray(aval, bytes)
            : throw new ArgumentException($"{aval} has {aval.Size} elements, this array has {Size}.", nameof(shape));
    }

    internal static Torch2JaxArray CopyOf(NDArray array)
    {
        var bytes = Allocate(array.ByteLength);
        array.Bytes.CopyTo(bytes);
        GC.KeepAlive(array);
        return new Torch2JaxArray(array.Aval, bytes);
    }

    /// <summary>Makes an array of the elements that <paramref name="fill"/> writes.</summary>
    internal static Torch2JaxArray Create(DType dtype, ImmutableArray<long> shape, FillBytes fill)
    {
        var aval = new ShapeDtypeStruct(dtype, shape);
        var bytes = Allocate(CheckedLength(aval));
        fill(bytes.AsSpan(0, (int)aval.ByteLength));
        return new Torch2JaxArray(aval, bytes);
    }

    /// <summary>The array without a copy, for one call: dispose of it when the call is over.</summary>
    internal NDArray Borrow() => NDArray.Wrap(PinnedStorage.Of(bytes), Aval.Dtype, Aval.Shape.AsSpan());

    private static int CheckedLength(ShapeDtypeStruct aval) =>
        aval.ByteLength <= int.MaxValue
            ? (int)aval.ByteLength
            : throw new ArgumentException(
                $"{aval} has {aval.ByteLength} bytes; one array holds at most {int.MaxValue}."
            );

    private static byte[] Allocate(int length) => GC.AllocateUninitializedArray<byte>(Math.Max(length, 1));
}

/// <summary>Writes all the bytes of a new array.</summary>
internal delegate void FillBytes(Span<byte> bytes);
