using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>Brings elements as files may have them into the one layout of arrays: little-endian, row-major.</summary>
internal static class ArrayLayout
{
    /// <summary>Turns the bytes of each number round, in place.</summary>
    public static void ReverseEndianness(NDArray array)
    {
        var bytes = array.Bytes;
        switch (array.Dtype.IsComplex() ? array.Dtype.ItemSize() / 2 : array.Dtype.ItemSize())
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break;
        }
    }

    /// <summary>Copies elements whose first dimension varies fastest into an array of the same shape.</summary>
    public static void FromFortranOrder(NDArray fortran, NDArray array)
    {
        switch (array.Dtype.ItemSize())
        {
            case 1:
                Transpose<byte>(fortran, array);
                break;
            case 2:
                Transpose<ushort>(fortran, array);
                break;
            case 4:
                Transpose<uint>(fortran, array);
                break;
            case 8:
                Transpose<ulong>(fortran, array);
                break;
            default:
                Transpose<UInt128>(fortran, array);
                break;
        }
    }

    private static void Transpose<T>(NDArray fortran, NDArray array)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = fortran.AsSpan<T>();
        var target = array.AsSpan<T>();
        var shape = array.Shape;
        Span<long> index = stackalloc long[ShapeMath.MaxRank];
        Span<long> strides = stackalloc long[ShapeMath.MaxRank];
        index.Clear();
        var stride = 1L;
        for (var i = 0; i < shape.Length; i++)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        var from = 0L;
        for (var to = 0; to < target.Length; to++)
        {
            target[to] = source[(int)from];
            for (var i = shape.Length - 1; i >= 0; i--)
            {
                from += strides[i];
                if (++index[i] < shape[i])
                {
                    break;
                }

                from -= strides[i] * shape[i];
                index[i] = 0;
            }
        }
    }
}
