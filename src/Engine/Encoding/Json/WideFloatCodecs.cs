using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>binary32.</summary>
internal readonly struct Float32Codec : IElementCodec<float>
{
    public static string Expected => FloatText.Expected + " of float32";

    public static int MaxLength => FloatText.MaxLength;

    public static bool TryRead(ref Utf8JsonReader reader, out float value)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return FloatText.TryWord(ref reader, out value);
        }

        value = JsonNumber.ToSingle(JsonInput.Literal(ref reader));
        return float.IsFinite(value);
    }

    public static int Format(float value, Span<byte> destination) => FloatText.Format(value, destination);
}

/// <summary>binary64.</summary>
internal readonly struct Float64Codec : IElementCodec<double>
{
    public static string Expected => FloatText.Expected + " of float64";

    public static int MaxLength => FloatText.MaxLength;

    public static bool TryRead(ref Utf8JsonReader reader, out double value)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            var known = FloatText.TryWord(ref reader, out var word);
            value = word;
            return known;
        }

        value = JsonNumber.ToDouble(JsonInput.Literal(ref reader));
        return double.IsFinite(value);
    }

    public static int Format(double value, Span<byte> destination) => FloatText.Format(value, destination);
}
