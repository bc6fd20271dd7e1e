using Torch2Jax.Arrays;

namespace Torch2Jax.Functions;

/// <summary>Made-up arguments on which a function is run to learn its output shapes.</summary>
internal static class ProbeArrays
{
    /// <summary>Whether arrays of these shapes stay within a limit (0: none beyond what an array can hold).</summary>
    public static bool FitInto(IEnumerable<ShapeDtypeStruct> shapes, long maxBytes)
    {
        UInt128 total = 0;
        foreach (var shape in shapes)
        {
            var bytes = (UInt128)(ulong)shape.Size * (UInt128)shape.Dtype.ItemSize();
            if (bytes > int.MaxValue)
            {
                return false;
            }

            total += bytes;
        }

        return maxBytes <= 0 || total <= (UInt128)(ulong)maxBytes;
    }

    /// <summary>All zeros.</summary>
    public static NDArray Zeros(ShapeDtypeStruct shape)
    {
        var array = NDArray.Allocate(shape);
        array.Bytes.Clear();
        return array;
    }

    /// <summary>As unlike zeros as can be without leaving any operator's range: 1, 1.25, 1.5... or 1, 0, 1, 0...</summary>
    public static NDArray Ramp(ShapeDtypeStruct shape)
    {
        var array = Zeros(shape);
        switch (shape.Dtype)
        {
            case DType.Float32:
                Fill(array.AsSpan<float>(), i => 1 + (i * 0.25f));
                break;
            case DType.Float64:
                Fill(array.AsSpan<double>(), i => 1 + (i * 0.25));
                break;
            case DType.Float16:
                Fill(array.AsSpan<Half>(), i => (Half)(1 + (i * 0.25f)));
                break;
            case DType.BFloat16:
                Fill(array.AsSpan<ushort>(), i => (ushort)(BitConverter.SingleToUInt32Bits(1 + (i * 0.25f)) >> 16));
                break;
            case DType.Complex64:
                Fill(array.AsSpan<(float, float)>(), i => (1 + (i * 0.25f), 0));
                break;
            case DType.Complex128:
                Fill(array.AsSpan<(double, double)>(), i => (1 + (i * 0.25), 0));
                break;
            case DType.Int64:
                Fill(array.AsSpan<long>(), i => (i + 1) % 2);
                break;
            case DType.Int32:
                Fill(array.AsSpan<int>(), i => (i + 1) % 2);
                break;
            case DType.Int16:
                Fill(array.AsSpan<short>(), i => (short)((i + 1) % 2));
                break;
            default:
                Fill(array.Bytes, i => (byte)((i + 1) % 2));
                break;
        }

        return array;
    }

    private static void Fill<T>(Span<T> values, Func<int, T> value)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(i);
        }
    }
}
