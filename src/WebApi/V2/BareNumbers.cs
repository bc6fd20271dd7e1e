using System.Buffers;

namespace Torch2Jax.WebApi.V2;

/// <summary>
/// Python clients write NaN and Infinity bare, which JSON does not know. Such a body is copied with these words quoted,
/// as this service writes and reads them.
/// </summary>
internal static class BareNumbers
{
    /// <summary>The corrected text; null where there was nothing to correct.</summary>
    public static byte[]? Quote(ReadOnlySpan<byte> json)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 64);
        var from = 0;
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (inString)
            {
                i += c == (byte)'\\' ? 1 : 0;
                inString = c != (byte)'"';
            }
            else if (c == (byte)'"')
            {
                inString = true;
            }
            else if (c is (byte)'N' or (byte)'I' or (byte)'-' && WordAt(json[i..]) is var length and > 0)
            {
                output.Write(json[from..i]);
                output.Write("\""u8);
                output.Write(json.Slice(i, length));
                output.Write("\""u8);
                from = i + length;
                i = from - 1;
            }
        }

        if (from == 0)
        {
            return null;
        }

        output.Write(json[from..]);
        return output.WrittenSpan.ToArray();
    }

    private static int WordAt(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> nan = "NaN"u8;
        ReadOnlySpan<byte> infinity = "Infinity"u8;
        ReadOnlySpan<byte> negative = "-Infinity"u8;
        return text.StartsWith(nan) ? nan.Length
            : text.StartsWith(infinity) ? infinity.Length
            : text.StartsWith(negative) ? negative.Length
            : 0;
    }
}
