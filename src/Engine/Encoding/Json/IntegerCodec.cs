using System.Numerics;
using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>Integers of any width; a number with a point or an exponent is one where its value is integral.</summary>
internal readonly struct IntegerCodec<T> : IElementCodec<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public static string Expected => $"an integer from {T.MinValue} to {T.MaxValue}";

    public static int MaxLength => 20;

    public static bool TryRead(ref Utf8JsonReader reader, out T value)
    {
        value = default;
        if (
            reader.TokenType != JsonTokenType.Number
            || !JsonNumber.TryInteger(JsonInput.Literal(ref reader), out var integer)
            || integer < Int128.CreateTruncating(T.MinValue)
            || integer > Int128.CreateTruncating(T.MaxValue)
        )
        {
            return false;
        }

        value = T.CreateTruncating(integer);
        return true;
    }

    public static int Format(T value, Span<byte> destination)
    {
        value.TryFormat(destination, out var written, default, null);
        return written;
    }
}
