using System.Globalization;
using System.Text;
using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>What stands before the elements of an npy file.</summary>
/// <param name="Descr">The element type as NumPy writes it.</param>
/// <param name="FortranOrder">Whether the first dimension varies fastest.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Length">Bytes before the first element.</param>
internal sealed record NpyHeader(string Descr, bool FortranOrder, long[] Shape, int Length)
{
    // NumPy's own bound on headers of files that it does not trust.
    internal const int MaxLength = 10_000;

    // Elements begin at a multiple of this, so that a mapped file is aligned.
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a header of version 1, 2 or 3.</summary>
    public static NpyHeader Read(Stream stream, ReadPath path)
    {
        Span<byte> start = stackalloc byte[8];
        Bytes.Fill(stream, start, path);
        if (!start.StartsWith(Magic) || start[6] is < 1 or > 3 || start[7] != 0)
        {
            throw ReadError.Malformed("This is not an npy file of version 1, 2 or 3.", path);
        }

        Span<byte> size = stackalloc byte[start[6] == 1 ? 2 : 4];
        Bytes.Fill(stream, size, path);
        var length = size.Length == 2 ? BitConverter.ToUInt16(size) : BitConverter.ToUInt32(size);
        if (length > MaxLength)
        {
            throw ReadError.Malformed($"An npy header of {length} bytes; at most {MaxLength} are read.", path);
        }

        Span<byte> text = stackalloc byte[(int)length];
        Bytes.Fill(stream, text, path);
        var header = new NpyHeaderParser(System.Text.Encoding.Latin1.GetString(text), path).Parse();
        return header with { Length = start.Length + size.Length + text.Length };
    }

    /// <summary>Writes the header of an array.</summary>
    public static void Write(Stream stream, NDArray array) => stream.Write(ToBytes(array.Aval));

    /// <summary>A header of version 1.</summary>
    public static byte[] ToBytes(ShapeDtypeStruct described)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{{'descr': '{described.Dtype.NumpyDescr()}', 'fortran_order': False, "
        );
        text.Append(CultureInfo.InvariantCulture, $"'shape': ({ShapeMath.Text(described.Shape.AsSpan())}");
        text.Append(described.Rank == 1 ? ",), }" : "), }");
        var unpadded = Magic.Length + 4 + text.Length + 1;
        text.Append(' ', (Alignment - (unpadded % Alignment)) % Alignment).Append('\n');
        return
        [
            .. Magic,
            1,
            0,
            (byte)text.Length,
            (byte)(text.Length >> 8),
            .. System.Text.Encoding.ASCII.GetBytes(text.ToString()),
        ];
    }
}
