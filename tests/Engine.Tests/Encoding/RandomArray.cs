using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Torch2Jax.Arrays;

namespace Torch2Jax.Tests.Encoding;

/// <summary>An array to be made: property tests make and dispose of it themselves.</summary>
public sealed record ArrayPlan(DType Dtype, long[] Shape, int Seed)
{
    public NDArray Make()
    {
        var array = NDArray.Allocate(Dtype, Shape);
        new Random(Seed).NextBytes(array.Bytes);
        if (Dtype == DType.Bool)
        {
            foreach (ref var value in array.Bytes)
            {
                value &= 1;
            }
        }

        return array;
    }

    public override string ToString() => $"{Dtype.Name()}[{string.Join(", ", Shape)}] seed {Seed}";
}

/// <summary>Random arrays of every dtype that libtorch has, bytes and all.</summary>
public static class RandomArray
{
    public static Gen<ArrayPlan> Plans(IEnumerable<DType> dtypes) =>
        from dtype in Gen.Elements(dtypes)
        from rank in Gen.Choose(0, 4)
        from shape in Gen.ArrayOf(Gen.Choose(0, 5).Select(dimension => (long)dimension), rank)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select new ArrayPlan(dtype, shape, seed);

    public static Arbitrary<ArrayPlan> Supported() => Arb.From(Plans(DTypes.Supported));

    /// <summary>Equal bit for bit, but for which NaN it is: text knows only one.</summary>
    public static void AssertSame(NDArray expected, NDArray actual)
    {
        Assert.Equal(expected.Aval, actual.Aval);
        var same = expected.Dtype switch
        {
            DType.Float32 or DType.Complex64 => Floats(expected).SequenceEqual(Floats(actual)),
            DType.Float64 or DType.Complex128 => Doubles(expected).SequenceEqual(Doubles(actual)),
            DType.Float16 => Halves(expected).SequenceEqual(Halves(actual)),
            DType.BFloat16 => Brains(expected).SequenceEqual(Brains(actual)),
            _ => expected.Bytes.SequenceEqual(actual.Bytes),
        };
        Assert.True(same, $"{expected} differs.");
    }

    // Equals holds NaN equal to NaN; zeros are told apart by their sign through the bits.
    private static IEnumerable<(float, bool)> Floats(NDArray array) =>
        MemoryMarshal.Cast<byte, float>(array.Bytes).ToArray().Select(v => (v, v == 0 && float.IsNegative(v)));

    private static IEnumerable<(double, bool)> Doubles(NDArray array) =>
        MemoryMarshal.Cast<byte, double>(array.Bytes).ToArray().Select(v => (v, v == 0 && double.IsNegative(v)));

    private static IEnumerable<(Half, bool)> Halves(NDArray array) =>
        MemoryMarshal.Cast<byte, Half>(array.Bytes).ToArray().Select(v => (v, v == Half.Zero && Half.IsNegative(v)));

    private static IEnumerable<(float, bool)> Brains(NDArray array) =>
        MemoryMarshal
            .Cast<byte, ushort>(array.Bytes)
            .ToArray()
            .Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))
            .Select(v => (v, v == 0 && float.IsNegative(v)));
}
