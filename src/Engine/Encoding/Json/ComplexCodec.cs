using System.Runtime.InteropServices;
using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>A complex number in memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Pair<T>
    where T : unmanaged
{
    public T Real;
    public T Imaginary;
}

/// <summary>Complex numbers: <c>[re, im]</c>.</summary>
internal readonly struct ComplexCodec<T, TCodec> : IElementCodec<Pair<T>>
    where T : unmanaged
    where TCodec : IElementCodec<T>
{
    public static string Expected => $"[re, im], each {TCodec.Expected}";

    public static int MaxLength => (2 * TCodec.MaxLength) + 3;

    public static bool IsPair => true;

    public static bool TryRead(ref Utf8JsonReader reader, out Pair<T> value)
    {
        value = default;
        return reader.TokenType == JsonTokenType.StartArray
            && reader.Read()
            && TCodec.TryRead(ref reader, out value.Real)
            && reader.Read()
            && TCodec.TryRead(ref reader, out value.Imaginary)
            && reader.Read()
            && reader.TokenType == JsonTokenType.EndArray;
    }

    public static int Format(Pair<T> value, Span<byte> destination)
    {
        destination[0] = (byte)'[';
        var length = 1 + TCodec.Format(value.Real, destination[1..]);
        destination[length++] = (byte)',';
        length += TCodec.Format(value.Imaginary, destination[length..]);
        destination[length++] = (byte)']';
        return length;
    }
}
