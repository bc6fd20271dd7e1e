using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>Booleans, one byte each in memory.</summary>
internal readonly struct BoolCodec : IElementCodec<byte>
{
    public static string Expected => "true or false";

    public static int MaxLength => 5;

    public static bool TryRead(ref Utf8JsonReader reader, out byte value)
    {
        value = reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
    }

    public static int Format(byte value, Span<byte> destination)
    {
        var text = value != 0 ? "true"u8 : "false"u8;
        text.CopyTo(destination);
        return text.Length;
    }
}
