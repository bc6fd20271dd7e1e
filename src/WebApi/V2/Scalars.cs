using Torch2Jax.Arrays;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>The value of a tensor of one element that is given for a static argument.</summary>
internal static class Scalars
{
    public static object Read(NDArray array, string name)
    {
        if (array.Size != 1)
        {
            throw JsonFields.Malformed(
                $"The argument '{name}' is one value; a tensor of one element was expected.",
                "inputs"
            );
        }

        return array.Dtype switch
        {
            DType.Int8 => (long)array.AsSpan<sbyte>()[0],
            DType.UInt8 => (long)array.AsSpan<byte>()[0],
            DType.Int16 => (long)array.AsSpan<short>()[0],
            DType.Int32 => (long)array.AsSpan<int>()[0],
            DType.Int64 => array.AsSpan<long>()[0],
            DType.Float16 => (double)array.AsSpan<Half>()[0],
            DType.Float32 => (double)array.AsSpan<float>()[0],
            DType.Float64 => array.AsSpan<double>()[0],
            DType.Bool => array.Bytes[0] != 0,
            _ => throw JsonFields.Malformed($"The argument '{name}' takes no {array.Dtype.Name()}.", "inputs"),
        };
    }
}
