using System.Globalization;
using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>What all floating types share: the words for what is not finite, and the text of numbers.</summary>
internal static class FloatText
{
    public const string Expected = "a finite number, \"NaN\", \"Infinity\" or \"-Infinity\"";

    /// <summary>Room for any binary64.</summary>
    public const int MaxLength = 32;

    // Below it every integer is written as such, faster than as a float and with the same digits.
    private const double MaxPlainInteger = 1e7;

    /// <summary>Whether the token is one of the words, and which number that is.</summary>
    public static bool TryWord(ref Utf8JsonReader reader, out float value)
    {
        value = BitConverter.UInt32BitsToSingle(0x7fc00000); // .NET's own NaN is negative, NumPy's and torch's are not
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        if (JsonInput.TextEquals(ref reader, "NaN"u8))
        {
            return true;
        }

        value = float.PositiveInfinity;
        if (JsonInput.TextEquals(ref reader, "Infinity"u8))
        {
            return true;
        }

        value = float.NegativeInfinity;
        return JsonInput.TextEquals(ref reader, "-Infinity"u8);
    }

    /// <summary>The shortest text that reads back as the same binary32.</summary>
    public static int Format(float value, Span<byte> destination)
    {
        if (TryPlain(value, destination, out var written))
        {
            return written;
        }

        value.TryFormat(destination, out written, default, CultureInfo.InvariantCulture);
        return written;
    }

    /// <summary>The shortest text that reads back as the same binary64.</summary>
    public static int Format(double value, Span<byte> destination)
    {
        if (TryPlain(value, destination, out var written))
        {
            return written;
        }

        value.TryFormat(destination, out written, default, CultureInfo.InvariantCulture);
        return written;
    }

    private static bool TryPlain(double value, Span<byte> destination, out int written)
    {
        if (!double.IsFinite(value))
        {
            var word =
                double.IsNaN(value) ? "\"NaN\""u8
                : value > 0 ? "\"Infinity\""u8
                : "\"-Infinity\""u8;
            word.CopyTo(destination);
            written = word.Length;
            return true;
        }

        var integer = (int)Math.Clamp(value, -MaxPlainInteger, MaxPlainInteger);
        written = 0;
        return integer == value
            && (integer != 0 || !double.IsNegative(value))
            && integer.TryFormat(destination, out written, default, CultureInfo.InvariantCulture);
    }
}
