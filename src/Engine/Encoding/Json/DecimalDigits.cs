namespace Torch2Jax.Encoding;

/// <summary>A decimal number in full: 0.DIGITS times a power of ten, no zero at either end of the digits.</summary>
internal readonly struct DecimalDigits : IComparable<DecimalDigits>
{
    private readonly byte[] digits;
    private readonly long exponent;
    private readonly bool negative;

    private DecimalDigits(byte[] digits, long exponent, bool negative) =>
        (this.digits, this.exponent, this.negative) = (digits, exponent, negative);

    /// <summary>Reads a number of JSON, or .NET's <c>1.5E+003</c>.</summary>
    public static DecimalDigits Of(ReadOnlySpan<byte> literal)
    {
        var negative = literal[0] == '-';
        var mantissa = negative ? literal[1..] : literal;
        var exponent = 0L;
        if (mantissa.IndexOfAny((byte)'e', (byte)'E') is var mark and >= 0)
        {
            exponent = Exponent(mantissa[(mark + 1)..]);
            mantissa = mantissa[..mark];
        }

        var point = mantissa.IndexOf((byte)'.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        byte[] digits = point < 0 ? mantissa.ToArray() : [.. whole, .. mantissa[(point + 1)..]];
        var leading = digits.AsSpan().IndexOfAnyExcept((byte)'0');
        if (leading < 0)
        {
            return new DecimalDigits([], 0, negative);
        }

        var trimmed = digits.AsSpan(leading).TrimEnd((byte)'0').ToArray();
        return new DecimalDigits(trimmed, exponent + whole.Length - leading, negative);
    }

    /// <summary>Compares magnitudes.</summary>
    public int CompareTo(DecimalDigits other)
    {
        if (digits.Length == 0 || other.digits.Length == 0)
        {
            return Math.Sign(digits.Length - other.digits.Length);
        }

        return exponent != other.exponent
            ? exponent.CompareTo(other.exponent)
            : Math.Sign(digits.AsSpan().SequenceCompareTo(other.digits));
    }

    /// <summary>The value, where it is an integer of at most 20 digits.</summary>
    public bool TryInteger(out Int128 value)
    {
        value = 0;
        if (digits.Length > exponent || (digits.Length > 0 && exponent > 20))
        {
            return digits.Length == 0;
        }

        for (var i = 0; i < exponent; i++)
        {
            value = (value * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        }

        value = negative ? -value : value;
        return true;
    }

    // Beyond any exponent that matters a number is too large or too small in any case.
    private static long Exponent(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == '-';
        var value = 0L;
        foreach (var digit in text[0] is (byte)'-' or (byte)'+' ? text[1..] : text)
        {
            value = Math.Min((value * 10) + (digit - '0'), 1L << 40);
        }

        return negative ? -value : value;
    }
}
