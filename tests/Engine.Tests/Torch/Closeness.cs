using System.Numerics;
using Torch2Jax.Arrays;

namespace Torch2Jax.Tests.Torch;

/// <summary>The goldens' rule: |got - want| is at most atol + rtol * |want|, nan equals nan, integers and bools are exact.</summary>
internal static class Closeness
{
    public static void Check(NDArray got, NDArray want, double rtol, double atol)
    {
        Assert.Equal(want.Shape.ToArray(), got.Shape.ToArray());
        bool exact = !want.Dtype.IsDifferentiable();
        for (int i = 0; i < want.Size; i++)
        {
            Complex a = At(got, i);
            Complex b = At(want, i);
            double allowed = exact ? 0 : atol + rtol * Complex.Abs(b);
            bool same = a.Equals(b) || (Complex.IsNaN(a) && Complex.IsNaN(b)) || Complex.Abs(a - b) <= allowed;
            Assert.True(same, $"element {i}: got {a}, want {b}");
        }
    }

    private static Complex At(NDArray array, int index) =>
        array.Dtype switch
        {
            DType.Bool or DType.UInt8 => array.Bytes[index],
            DType.Int8 => (sbyte)array.Bytes[index],
            DType.Int16 => array.AsSpan<short>()[index],
            DType.Int32 => array.AsSpan<int>()[index],
            DType.Int64 => array.AsSpan<long>()[index],
            DType.Float16 => (double)array.AsSpan<Half>()[index],
            DType.BFloat16 => BitConverter.Int32BitsToSingle(array.AsSpan<ushort>()[index] << 16),
            DType.Float32 => array.AsSpan<float>()[index],
            DType.Float64 => array.AsSpan<double>()[index],
            DType.Complex64 => new Complex(Part<float>(array, index, 0), Part<float>(array, index, 1)),
            DType.Complex128 => array.AsSpan<Complex>()[index],
            _ => throw new ArgumentOutOfRangeException(nameof(array)),
        };

    private static double Part<T>(NDArray array, int index, int part)
        where T : unmanaged, INumber<T> =>
        double.CreateChecked(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(array.Bytes)[2 * index + part]);
}
