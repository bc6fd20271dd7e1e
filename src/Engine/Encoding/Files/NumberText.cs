using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>Elements of arrays as numbers and as their shortest text, whatever the dtype.</summary>
internal static class NumberText
{
    /// <summary>Gives the text of the element at a position.</summary>
    public static Func<int, string> Of(NDArray array) =>
        array.Dtype switch
        {
            DType.Bool => i => array.Bytes[i] == 0 ? "0" : "1",
            DType.Int8 => Of<sbyte>(array),
            DType.Int16 => Of<short>(array),
            DType.Int32 => Of<int>(array),
            DType.Int64 => Of<long>(array),
            DType.UInt8 => Of<byte>(array),
            DType.Float16 => Of<Half>(array),
            DType.BFloat16 => i => Single(array, i).ToString("R", CultureInfo.InvariantCulture),
            DType.Float32 => Of<float>(array),
            DType.Float64 => Of<double>(array),
            _ => throw Unsupported(array.Dtype),
        };

    /// <summary>Sets an element; an integer that does not fit is an error.</summary>
    public static void Set<T>(NDArray array, int position, T value)
        where T : INumber<T>
    {
        try
        {
            switch (array.Dtype)
            {
                case DType.Bool when value == T.Zero || value == T.One:
                    array.Bytes[position] = byte.CreateChecked(value);
                    break;
                case DType.Bool:
                    throw new OverflowException();
                case DType.Int8:
                    array.AsSpan<sbyte>()[position] = sbyte.CreateChecked(value);
                    break;
                case DType.Int16:
                    array.AsSpan<short>()[position] = short.CreateChecked(value);
                    break;
                case DType.Int32:
                    array.AsSpan<int>()[position] = int.CreateChecked(value);
                    break;
                case DType.Int64:
                    array.AsSpan<long>()[position] = long.CreateChecked(value);
                    break;
                case DType.UInt8:
                    array.AsSpan<byte>()[position] = byte.CreateChecked(value);
                    break;
                case DType.Float16:
                    array.AsSpan<Half>()[position] = Half.CreateSaturating(value);
                    break;
                case DType.BFloat16:
                    var bits = BitConverter.SingleToUInt32Bits(float.CreateSaturating(value));
                    array.AsSpan<ushort>()[position] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
                    break;
                case DType.Float32:
                    array.AsSpan<float>()[position] = float.CreateSaturating(value);
                    break;
                case DType.Float64:
                    array.AsSpan<double>()[position] = double.CreateSaturating(value);
                    break;
                default:
                    throw Unsupported(array.Dtype);
            }
        }
        catch (OverflowException error)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"A number does not fit into {array.Dtype.Name()}.",
                null,
                error
            );
        }
    }

    private static Func<int, string> Of<T>(NDArray array)
        where T : unmanaged, IFormattable => i => array.AsSpan<T>()[i].ToString(null, CultureInfo.InvariantCulture);

    private static float Single(NDArray array, int position) =>
        BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(array.Bytes)[position] << 16);

    private static EngineException Unsupported(DType dtype) =>
        new(ErrorCode.UnsupportedDtype, $"Csv files hold no {dtype.Name()}; use an npy file.");
}
