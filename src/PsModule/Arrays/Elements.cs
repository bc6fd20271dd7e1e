using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Arrays;

/// <summary>Single elements of an array's bytes as .NET values, both ways; the one table of which .NET type a dtype is.</summary>
internal static class Elements
{
    /// <summary>The .NET type of a dtype's elements; bfloat16, which .NET lacks, is a float.</summary>
    public static Type TypeOf(DType dtype) =>
        dtype switch
        {
            DType.Bool => typeof(bool),
            DType.Int8 => typeof(sbyte),
            DType.Int16 => typeof(short),
            DType.Int32 => typeof(int),
            DType.Int64 => typeof(long),
            DType.UInt8 => typeof(byte),
            DType.Float16 => typeof(Half),
            DType.BFloat16 or DType.Float32 => typeof(float),
            DType.Float64 => typeof(double),
            DType.Complex64 or DType.Complex128 => typeof(Complex),
            _ => throw NoType(dtype),
        };

    /// <summary>The dtype of a .NET type; null where there is none.</summary>
    public static DType? DtypeOf(Type type) =>
        type == typeof(float) ? DType.Float32
        : type == typeof(double) ? DType.Float64
        : type == typeof(long) ? DType.Int64
        : type == typeof(int) ? DType.Int32
        : type == typeof(short) ? DType.Int16
        : type == typeof(sbyte) ? DType.Int8
        : type == typeof(byte) ? DType.UInt8
        : type == typeof(bool) ? DType.Bool
        : type == typeof(Half) ? DType.Float16
        : type == typeof(Complex) ? DType.Complex128
        : null;

    /// <summary>Whether the elements of .NET arrays of this dtype have the same bytes as ours.</summary>
    public static bool HasSameBytes(DType dtype) => dtype is not (DType.BFloat16 or DType.Complex64);

    public static object Read(DType dtype, ReadOnlySpan<byte> bytes, long index)
    {
        var at = bytes.Slice((int)(index * dtype.ItemSize()), dtype.ItemSize());
        return dtype switch
        {
            DType.Bool => at[0] != 0,
            DType.Int8 => (sbyte)at[0],
            DType.Int16 => MemoryMarshal.Read<short>(at),
            DType.Int32 => MemoryMarshal.Read<int>(at),
            DType.Int64 => MemoryMarshal.Read<long>(at),
            DType.UInt8 => at[0],
            DType.Float16 => MemoryMarshal.Read<Half>(at),
            DType.BFloat16 => BitConverter.Int32BitsToSingle(MemoryMarshal.Read<ushort>(at) << 16),
            DType.Float32 => MemoryMarshal.Read<float>(at),
            DType.Float64 => MemoryMarshal.Read<double>(at),
            DType.Complex64 => new Complex(MemoryMarshal.Read<float>(at), MemoryMarshal.Read<float>(at[4..])),
            DType.Complex128 => MemoryMarshal.Read<Complex>(at),
            _ => throw NoType(dtype),
        };
    }

    /// <summary>Writes a number; what the dtype cannot hold is an error.</summary>
    /// <exception cref="OverflowException">The number is no whole one, or out of range.</exception>
    public static void Write(DType dtype, Span<byte> bytes, long index, object number)
    {
        var at = bytes.Slice((int)(index * dtype.ItemSize()), dtype.ItemSize());
        switch (dtype)
        {
            case DType.Bool:
                at[0] = (byte)Ranged(number, dtype, 0, 1);
                break;
            case DType.Int8:
                at[0] = (byte)(sbyte)Ranged(number, dtype, sbyte.MinValue, sbyte.MaxValue);
                break;
            case DType.UInt8:
                at[0] = (byte)Ranged(number, dtype, byte.MinValue, byte.MaxValue);
                break;
            case DType.Int16:
                BinaryPrimitives.WriteInt16LittleEndian(
                    at,
                    (short)Ranged(number, dtype, short.MinValue, short.MaxValue)
                );
                break;
            case DType.Int32:
                BinaryPrimitives.WriteInt32LittleEndian(at, (int)Ranged(number, dtype, int.MinValue, int.MaxValue));
                break;
            case DType.Int64:
                BinaryPrimitives.WriteInt64LittleEndian(at, (long)Whole(number, dtype));
                break;
            case DType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(at, number is Half half ? half : (Half)Real(number, dtype));
                break;
            case DType.BFloat16:
                BinaryPrimitives.WriteUInt16LittleEndian(at, NearestBFloat16((float)Real(number, dtype)));
                break;
            case DType.Float32:
                BinaryPrimitives.WriteSingleLittleEndian(at, number is float f ? f : (float)Real(number, dtype));
                break;
            case DType.Float64:
                BinaryPrimitives.WriteDoubleLittleEndian(at, Real(number, dtype));
                break;
            case DType.Complex64:
                var c = AsComplex(number, dtype);
                BinaryPrimitives.WriteSingleLittleEndian(at, (float)c.Real);
                BinaryPrimitives.WriteSingleLittleEndian(at[4..], (float)c.Imaginary);
                break;
            case DType.Complex128:
                MemoryMarshal.Write(at, AsComplex(number, dtype));
                break;
            default:
                throw NoType(dtype);
        }
    }

    private static BigInteger Ranged(object number, DType dtype, long least, long most)
    {
        var whole = Whole(number, dtype);
        return whole >= least && whole <= most ? whole : throw OutOfRange(number, dtype);
    }

    private static BigInteger Whole(object number, DType dtype)
    {
        var whole = number switch
        {
            bool flag => flag ? 1 : 0,
            BigInteger big => big,
            float or double or Half or decimal => Real(number, dtype) is var real && Math.Truncate(real) == real
                ? new BigInteger(real)
                : throw new OverflowException($"{Text(number)} is not whole, so it is no {dtype.Name()}."),
            ulong unsigned => unsigned,
            IConvertible convertible => convertible.ToInt64(CultureInfo.InvariantCulture),
            _ => throw new OverflowException($"{Text(number)} is no {dtype.Name()}."),
        };
        return whole >= long.MinValue && whole <= long.MaxValue ? whole : throw OutOfRange(number, dtype);
    }

    private static double Real(object number, DType dtype) =>
        number switch
        {
            double real => real,
            Half half => (double)half,
            BigInteger big => (double)big,
            Complex => throw new OverflowException($"{Text(number)} is complex, so it is no {dtype.Name()}."),
            IConvertible convertible => convertible.ToDouble(CultureInfo.InvariantCulture),
            _ => throw new OverflowException($"{Text(number)} is no {dtype.Name()}."),
        };

    private static Complex AsComplex(object number, DType dtype) =>
        number is Complex complex ? complex : Real(number, dtype);

    // Round to nearest, ties to even, as libtorch does.
    private static ushort NearestBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static string Text(object number) => Convert.ToString(number, CultureInfo.InvariantCulture)!;

    private static OverflowException OutOfRange(object number, DType dtype) =>
        new($"{Text(number)} is out of the range of {dtype.Name()}.");

    private static NotSupportedException NoType(DType dtype) =>
        new($"{dtype.Name()} has no .NET type; give one of {DTypes.SupportedNames}.");
}
