using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>Arrays whose bytes came from outside.</summary>
internal static class RawBytes
{
    /// <summary>Whether the bytes are values of the dtype: a boolean is 0 or 1, anything else is undefined in native code.</summary>
    public static bool AreValid(NDArray array) =>
        array.Dtype != DType.Bool || array.Bytes.IndexOfAnyExcept((byte)0, (byte)1) < 0;
}
