using System.Globalization;

namespace Torch2Jax.Encoding;

/// <summary>Numbers of JSON (their grammar is checked already) as binary numbers, rounded to the nearest.</summary>
internal static class JsonNumber
{
    // Products and quotients of such numbers by such powers are rounded once, so they are the nearest (Clinger).
    private const ulong MaxExact = 1UL << 53;

    private static readonly double[] PowersOfTen =
    [
        1e0,
        1e1,
        1e2,
        1e3,
        1e4,
        1e5,
        1e6,
        1e7,
        1e8,
        1e9,
        1e10,
        1e11,
        1e12,
        1e13,
        1e14,
        1e15,
        1e16,
        1e17,
        1e18,
        1e19,
        1e20,
        1e21,
        1e22,
    ];

    /// <summary>The nearest binary64; infinite where it is too large.</summary>
    public static double ToDouble(ReadOnlySpan<byte> literal) =>
        TryFast(literal, out var value, out _)
            ? value
            : double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The nearest binary32; infinite where it is too large.</summary>
    public static float ToSingle(ReadOnlySpan<byte> literal)
    {
        // Rounding twice is wrong only where the first result lies halfway between two results of the second (the 29
        // bits that are lost say so), or where the second one is subnormal.
        const long lost = (1L << 29) - 1;
        const long half = 1L << 28;
        const double smallestNormal = 1.1754943508222875e-38;
        return
            TryFast(literal, out var value, out _)
            && (BitConverter.DoubleToInt64Bits(value) & lost) != half
            && (Math.Abs(value) >= smallestNormal || value == 0)
            ? (float)value
            : float.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the number is larger (1), smaller (-1) in magnitude than its nearest binary64, or the same (0).</summary>
    public static int CompareMagnitude(ReadOnlySpan<byte> literal, double nearest)
    {
        if (TryFast(literal, out _, out var parts))
        {
            var power = PowersOfTen[Math.Abs(parts.Exponent)];
            var digits = (double)parts.Digits;
            var error =
                parts.Exponent < 0
                    ? -Math.FusedMultiplyAdd(Math.Abs(nearest), power, -digits)
                    : Math.FusedMultiplyAdd(digits, power, -Math.Abs(nearest));
            return Math.Sign(error);
        }

        return DecimalDigits
            .Of(literal)
            .CompareTo(
                DecimalDigits.Of(
                    System.Text.Encoding.ASCII.GetBytes(
                        Math.Abs(nearest).ToString("E770", CultureInfo.InvariantCulture)
                    )
                )
            );
    }

    /// <summary>The integer that a number is, <c>3</c>, <c>3.0</c> or <c>3e2</c>; false where it is none of at most 20 digits.</summary>
    public static bool TryInteger(ReadOnlySpan<byte> literal, out Int128 value)
    {
        var negative = literal[0] == '-';
        var digits = negative ? literal[1..] : literal;
        digits = digits.EndsWith(".0"u8) ? digits[..^2] : digits;
        if (digits.Length <= 18 && digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
        {
            var magnitude = 0L;
            foreach (var digit in digits)
            {
                magnitude = (magnitude * 10) + (digit - '0');
            }

            value = negative ? -magnitude : magnitude;
            return true;
        }

        return DecimalDigits.Of(literal).TryInteger(out value);
    }

    private static bool TryFast(ReadOnlySpan<byte> literal, out double value, out (ulong Digits, int Exponent) parts)
    {
        var position = literal[0] == '-' ? 1 : 0;
        var digits = 0UL;
        var exponent = 0;
        var significant = 0;
        var afterPoint = false;
        value = 0;
        parts = default;
        for (; position < literal.Length; position++)
        {
            var digit = (uint)(literal[position] - '0');
            if (digit <= 9)
            {
                digits = (digits * 10) + digit;
                significant += digits == 0 ? 0 : 1;
                exponent -= afterPoint ? 1 : 0;
            }
            else if (literal[position] == '.')
            {
                afterPoint = true;
            }
            else
            {
                break;
            }
        }

        if (significant > 19 || digits > MaxExact)
        {
            return false;
        }

        if (position < literal.Length)
        {
            if (!TryExponent(literal[(position + 1)..], out var written))
            {
                return false;
            }

            exponent += written;
        }

        if (exponent is < -22 or > 22)
        {
            return false;
        }

        parts = (digits, exponent);
        var magnitude = exponent < 0 ? digits / PowersOfTen[-exponent] : digits * PowersOfTen[exponent];
        value = literal[0] == '-' ? -magnitude : magnitude;
        return true;
    }

    private static bool TryExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        var negative = text[0] == '-';
        exponent = 0;
        text = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        if (text.Length > 4)
        {
            return false;
        }

        foreach (var digit in text)
        {
            exponent = (exponent * 10) + (digit - '0');
        }

        exponent = negative ? -exponent : exponent;
        return true;
    }
}
