using Torch2Jax.Arrays;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>Bytes that stand for bool are 0 or 1; anything else is undefined behaviour below.</summary>
internal static class Booleans
{
    public static void Check(NDArray array, string path)
    {
        if (array.Dtype == DType.Bool && array.Bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
        {
            throw JsonFields.Malformed("A BOOL tensor holds bytes other than 0 and 1.", path);
        }
    }
}
