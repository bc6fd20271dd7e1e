using System.Globalization;
using FsCheck;
using FsCheck.Xunit;
using Torch2Jax.Encoding;

namespace Torch2Jax.Tests.Encoding;

public sealed class JsonNumberTests
{
    [Property(MaxTest = 2000)]
    public void Text_of_a_float64_reads_as_the_nearest_float32_and_float64(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        var literal = System.Text.Encoding.ASCII.GetBytes(value.ToString("R", CultureInfo.InvariantCulture));
        Assert.Equal(value, JsonNumber.ToDouble(literal));
        Assert.Equal(
            float.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture),
            JsonNumber.ToSingle(literal)
        );
    }

    [Property(MaxTest = 2000)]
    public void Decimal_text_reads_as_the_runtime_reads_it(long digits, sbyte exponent, byte point)
    {
        var text = digits.ToString(CultureInfo.InvariantCulture);
        var at = digits < 0 ? 2 : 1;
        text = text.Length > at && point % 2 == 0 ? text.Insert(at, ".") : text;
        var literal = System.Text.Encoding.ASCII.GetBytes($"{text}e{exponent / 2}");
        Assert.Equal(
            double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture),
            JsonNumber.ToDouble(literal)
        );
        Assert.Equal(
            float.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture),
            JsonNumber.ToSingle(literal)
        );
    }

    // Halfway between two numbers, and a little to either side of it, further away than a float64 can tell.
    [Theory]
    [InlineData("16777217", 16777216f)]
    [InlineData("16777219", 16777220f)]
    [InlineData("16777217.000000000000000000001", 16777218f)]
    [InlineData("16777216.999999999999999999999", 16777216f)]
    [InlineData("1.00000005960464477539062500000000000000000001", 1.0000001f)]
    [InlineData("1.000000059604644775390625", 1f)]
    [InlineData("7.006492321624085e-46", 0f)]
    [InlineData("7.006492321624086e-46", 1e-45f)]
    [InlineData("3.4028235677973367e38", float.PositiveInfinity)]
    [InlineData("3.4028235677973366e38", float.MaxValue)]
    public void A_float32_is_rounded_once(string text, float expected) =>
        Assert.Equal(expected, JsonNumber.ToSingle(System.Text.Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Every_float16_and_the_points_halfway_between_two_are_rounded_to_even()
    {
        for (ushort bits = 0; bits < 0x7c00; bits++)
        {
            var value = (double)BitConverter.UInt16BitsToHalf(bits);
            var next = bits == 0x7bff ? 65536 : (double)BitConverter.UInt16BitsToHalf((ushort)(bits + 1));
            AssertRounding(bits, value, (value + next) / 2, 10, -14, 0x7c00);
        }
    }

    [Fact]
    public void Every_bfloat16_and_the_points_halfway_between_two_are_rounded_to_even()
    {
        for (ushort bits = 0; bits < 0x7f80; bits += 3)
        {
            var value = (double)BitConverter.UInt32BitsToSingle((uint)bits << 16);
            var next = bits == 0x7f7f ? Math.ScaleB(1, 128) : BitConverter.UInt32BitsToSingle((uint)(bits + 1) << 16);
            AssertRounding(bits, value, (value + next) / 2, 7, -126, 0x7f80);
        }
    }

    [Theory]
    [InlineData("3", 3)]
    [InlineData("-0", 0)]
    [InlineData("0.000e99999999999999999999", 0)]
    [InlineData("12300e-2", 123)]
    [InlineData("1.23e2", 123)]
    [InlineData("9223372036854775807.000", long.MaxValue)]
    public void An_integer_may_have_a_point_or_an_exponent(string text, long expected)
    {
        Assert.True(JsonNumber.TryInteger(System.Text.Encoding.ASCII.GetBytes(text), out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("1e-1")]
    [InlineData("1.5")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1e-99999999999999999999")]
    [InlineData("123456789012345678901")]
    public void What_is_no_integer_of_twenty_digits_is_refused(string text) =>
        Assert.False(JsonNumber.TryInteger(System.Text.Encoding.ASCII.GetBytes(text), out _));

    private static void AssertRounding(
        ushort bits,
        double value,
        double halfway,
        int mantissa,
        int exponent,
        int infinity
    )
    {
        var even = (bits & 1) == 0 ? bits : bits + 1;
        AssertBits(bits, value.ToString("E770", CultureInfo.InvariantCulture));
        var exact = halfway.ToString("E770", CultureInfo.InvariantCulture);
        AssertBits(even, exact);
        AssertBits(bits + 1, exact.Insert(exact.IndexOf('E'), "1"));
        var below = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(halfway) - 1);
        AssertBits(bits, below.ToString("R", CultureInfo.InvariantCulture));

        void AssertBits(int expected, string text)
        {
            var fits = NarrowFloat.TryRound(
                System.Text.Encoding.ASCII.GetBytes(text),
                mantissa,
                exponent,
                out var actual
            );
            Assert.Equal(expected < infinity, fits);
            Assert.True(!fits || expected == actual, $"{text}: {actual:x4} instead of {expected:x4}");
        }
    }
}
