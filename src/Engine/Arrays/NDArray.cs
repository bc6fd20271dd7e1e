using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Torch2Jax.Errors;

namespace Torch2Jax.Arrays;

/// <summary>A dense, row-major array in memory outside the managed heap. Dispose of it; a second time does no harm.</summary>
public sealed class NDArray : IArgumentLeaf, IDisposable
{
    private readonly ArrayStorage storage;
    private readonly ImmutableArray<long> shape;
    private ShapeDtypeStruct? aval;

    private NDArray(ArrayStorage storage, DType dtype, ImmutableArray<long> shape, long size, ShapeDtypeStruct? aval)
    {
        this.storage = storage;
        this.shape = shape;
        this.aval = aval;
        Dtype = dtype;
        Size = size;
        ByteLength = (int)(size * dtype.ItemSize());
    }

    /// <summary>The element type.</summary>
    public DType Dtype { get; }

    /// <summary>The dimensions; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => shape.AsSpan();

    /// <summary>Number of dimensions.</summary>
    public int Rank => shape.Length;

    /// <summary>Number of elements.</summary>
    public long Size { get; }

    /// <summary>Number of bytes.</summary>
    public int ByteLength { get; }

    /// <summary>Shape and dtype alone.</summary>
    public ShapeDtypeStruct Aval => aval ??= new ShapeDtypeStruct(Dtype, shape);

    /// <summary>The bytes: little-endian, row-major. Valid until the array is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The array was disposed of.</exception>
    public unsafe Span<byte> Bytes => new((void*)storage.Pointer, ByteLength);

    /// <summary>The first byte; keep the array (or <see cref="Storage"/>) alive while it is used.</summary>
    internal nint Pointer => storage.Pointer;

    /// <summary>The memory; a caller of native code adds a reference to it for the time of the call.</summary>
    internal ArrayStorage Storage => storage;

    /// <summary>Which stored array's leaf it is, whose memory somebody else frees; null for every other array.</summary>
    internal ContentKey? Content { get; private init; }

    /// <summary>Makes an array whose contents are arbitrary: whoever asks for it writes all of it.</summary>
    /// <exception cref="EngineException">A dimension is negative, or the array would have 2^31 bytes or more.</exception>
    public static NDArray Allocate(DType dtype, params ReadOnlySpan<long> shape)
    {
        var size = CheckedSize(dtype, shape);
        return new NDArray(Rent(dtype, size), dtype, ImmutableArray.Create(shape), size, null);
    }

    /// <summary>Makes an array of the shape described, with arbitrary contents.</summary>
    /// <exception cref="EngineException">The array would have 2^31 bytes or more.</exception>
    public static NDArray Allocate(ShapeDtypeStruct described)
    {
        var size = CheckedSize(described.Dtype, described.Shape.AsSpan());
        return new NDArray(Rent(described.Dtype, size), described.Dtype, described.Shape, size, described);
    }

    /// <summary>Copies values, whose type has the item size of the dtype.</summary>
    public static NDArray FromSpan<T>(DType dtype, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var size = CheckedSize(dtype, shape);
        if (Unsafe.SizeOf<T>() != dtype.ItemSize() || bytes.Length != size * dtype.ItemSize())
        {
            throw new ArgumentException(
                $"{values.Length} values of {Unsafe.SizeOf<T>()} bytes do not fill {dtype.Name()}[{ShapeMath.Text(shape)}].",
                nameof(values)
            );
        }

        var array = Allocate(dtype, shape);
        bytes.CopyTo(array.Bytes);
        return array;
    }

    /// <summary>Copies values; the dtype is that of <typeparamref name="T"/>.</summary>
    public static NDArray FromArray<T>(T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged => FromSpan<T>(ElementTypes.DtypeOf<T>(), shape, values);

    /// <summary>Makes an array over memory that exists; takes the storage over, without a copy.</summary>
    /// <exception cref="ArgumentException">The memory is smaller than the array.</exception>
    public static NDArray Wrap(ArrayStorage storage, DType dtype, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(storage);
        var size = CheckedSize(dtype, shape);
        if ((nuint)(size * dtype.ItemSize()) > storage.ByteLength)
        {
            throw new ArgumentException(
                $"{storage.ByteLength} bytes are too few for {dtype.Name()}[{ShapeMath.Text(shape)}].",
                nameof(storage)
            );
        }

        return new NDArray(storage, dtype, ImmutableArray.Create(shape), size, null);
    }

    /// <summary>The elements; <typeparamref name="T"/> has the item size of the dtype.</summary>
    /// <exception cref="ObjectDisposedException">The array was disposed of.</exception>
    public unsafe Span<T> AsSpan<T>()
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != Dtype.ItemSize())
        {
            throw new ArgumentException($"{typeof(T).Name} has not the size of {Dtype.Name()}.");
        }

        return new Span<T>((void*)storage.Pointer, (int)Size);
    }

    /// <summary>Gives the memory back; that of a stored array stays its cache's.</summary>
    public void Dispose()
    {
        if (Content is null)
        {
            storage.Dispose();
        }
    }

    /// <summary>The same memory as a leaf of stored content, which nobody frees by disposing of it.</summary>
    internal NDArray As(ContentKey content) => new(storage, Dtype, shape, Size, aval) { Content = content };

    /// <summary>Shape and dtype, <c>float32[10, 5]</c>; never a value.</summary>
    public override string ToString() => Aval.ToString();

    private static PooledStorage Rent(DType dtype, long size) => PooledStorage.Rent((nuint)(size * dtype.ItemSize()));

    private static long CheckedSize(DType dtype, ReadOnlySpan<long> shape)
    {
        var size = ShapeMath.Size(dtype, shape);
        if (size * dtype.ItemSize() > int.MaxValue)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"An array of {dtype.Name()}[{ShapeMath.Text(shape)}] has {size * dtype.ItemSize()} bytes; "
                    + $"one array holds at most {int.MaxValue}."
            );
        }

        return size;
    }
}
