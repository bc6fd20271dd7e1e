using System.Text.Json;

namespace Torch2Jax.Encoding;

// Both are written as the binary32 that they are, so that a reader of any precision gets their very value.

/// <summary>binary16.</summary>
internal readonly struct Float16Codec : IElementCodec<ushort>
{
    public static string Expected => FloatText.Expected + " of float16";

    public static int MaxLength => FloatText.MaxLength;

    public static bool TryRead(ref Utf8JsonReader reader, out ushort value)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return NarrowFloat.TryRound(JsonInput.Literal(ref reader), 10, -14, out value);
        }

        var known = FloatText.TryWord(ref reader, out var word);
        value = BitConverter.HalfToUInt16Bits((Half)word);
        return known;
    }

    public static int Format(ushort value, Span<byte> destination) =>
        FloatText.Format((float)BitConverter.UInt16BitsToHalf(value), destination);
}

/// <summary>The upper half of a binary32.</summary>
internal readonly struct BFloat16Codec : IElementCodec<ushort>
{
    public static string Expected => FloatText.Expected + " of bfloat16";

    public static int MaxLength => FloatText.MaxLength;

    public static bool TryRead(ref Utf8JsonReader reader, out ushort value)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return NarrowFloat.TryRound(JsonInput.Literal(ref reader), 7, -126, out value);
        }

        var known = FloatText.TryWord(ref reader, out var word);
        value = (ushort)(BitConverter.SingleToUInt32Bits(word) >> 16);
        return known;
    }

    public static int Format(ushort value, Span<byte> destination) =>
        FloatText.Format(BitConverter.UInt32BitsToSingle((uint)value << 16), destination);
}
