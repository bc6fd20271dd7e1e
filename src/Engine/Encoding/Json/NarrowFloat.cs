namespace Torch2Jax.Encoding;

/// <summary>Rounding of decimal numbers to 16-bit floating types.</summary>
internal static class NarrowFloat
{
    /// <summary>The nearest number of the type, the even one of two; false where that is infinite.</summary>
    /// <param name="literal">A number of JSON.</param>
    /// <param name="mantissaBits">Bits of the mantissa that are stored.</param>
    /// <param name="minExponent">Exponent of the smallest normal number.</param>
    /// <param name="bits">The number's bits.</param>
    public static bool TryRound(ReadOnlySpan<byte> literal, int mantissaBits, int minExponent, out ushort bits)
    {
        bits = 0;
        var nearest = JsonNumber.ToDouble(literal);
        if (!double.IsFinite(nearest))
        {
            return false;
        }

        // All of this is exact: the number is counted in units of the last place of the type.
        var magnitude = Math.Abs(nearest);
        var exponent = magnitude == 0 ? minExponent : Math.Max(Math.ILogB(magnitude), minExponent);
        var units = Math.ScaleB(magnitude, mantissaBits - exponent);
        var below = Math.Floor(units);
        var infinity = 0x7fff >> mantissaBits << mantissaBits;
        var rounded = ((long)(exponent - minExponent) << mantissaBits) + (long)below;
        var half = (units - below).CompareTo(0.5);

        // The binary64 may lie halfway where the number itself does not.
        half = half == 0 ? JsonNumber.CompareMagnitude(literal, nearest) : half;
        rounded += half > 0 || (half == 0 && (rounded & 1) == 1) ? 1 : 0;
        if (rounded >= infinity)
        {
            return false;
        }

        bits = (ushort)(rounded + (double.IsNegative(nearest) ? 0x8000 : 0));
        return true;
    }
}
