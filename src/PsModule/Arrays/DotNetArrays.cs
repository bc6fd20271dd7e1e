using System.Runtime.InteropServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Arrays;

/// <summary>Our arrays as .NET arrays: of the same rank, within one another, or flat.</summary>
internal static class DotNetArrays
{
    public static Array Flat(Torch2JaxArray array)
    {
        var flat = Array.CreateInstance(Elements.TypeOf(array.Aval.Dtype), array.Size);
        Copy(array.Aval.Dtype, array.Bytes, flat);
        return flat;
    }

    public static object OfSameRank(Torch2JaxArray array)
    {
        if (array.Rank == 0)
        {
            return array.ToScalar();
        }

        var made = Array.CreateInstance(Elements.TypeOf(array.Aval.Dtype), array.Shape);
        Copy(array.Aval.Dtype, array.Bytes, made);
        return made;
    }

    public static object Nested(Torch2JaxArray array) =>
        array.Rank == 0 ? array.ToScalar() : Nested(array.Aval.Dtype, array.Aval.Shape.AsSpan(), array.Bytes);

    private static Array Nested(DType dtype, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        var element = Elements.TypeOf(dtype);
        for (var level = 1; level < shape.Length; level++)
        {
            element = element.MakeArrayType();
        }

        var made = Array.CreateInstance(element, shape[0]);
        if (shape.Length == 1)
        {
            Copy(dtype, bytes, made);
            return made;
        }

        var part = shape[0] == 0 ? 0 : bytes.Length / (int)shape[0];
        for (var i = 0; i < made.Length; i++)
        {
            made.SetValue(Nested(dtype, shape[1..], bytes.Slice(i * part, part)), i);
        }

        return made;
    }

    private static void Copy(DType dtype, ReadOnlySpan<byte> bytes, Array to)
    {
        if (Elements.HasSameBytes(dtype))
        {
            // Row-major is .NET's own order, so a rectangular array's memory is ours.
            bytes.CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(to), bytes.Length));
            return;
        }

        var position = new int[to.Rank];
        for (var i = 0L; i < to.LongLength; i++)
        {
            var rest = i;
            for (var dimension = to.Rank - 1; dimension >= 0; dimension--)
            {
                (rest, var at) = Math.DivRem(rest, to.GetLongLength(dimension));
                position[dimension] = (int)at;
            }

            to.SetValue(Elements.Read(dtype, bytes, i), position);
        }
    }
}
