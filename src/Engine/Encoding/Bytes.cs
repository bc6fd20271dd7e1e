namespace Torch2Jax.Encoding;

/// <summary>Bytes of files, from memory or from a stream.</summary>
internal static class Bytes
{
    public delegate T StreamReader<out T>(Stream stream);

    /// <summary>Reads from memory as from a stream; without a copy.</summary>
    public static unsafe T Read<T>(ReadOnlySpan<byte> bytes, StreamReader<T> read)
    {
        fixed (byte* start = bytes)
        {
            // A span without bytes has no address, and the stream wants one.
            byte none;
            using var stream = new UnmanagedMemoryStream(start is null ? &none : start, bytes.Length);
            return read(stream);
        }
    }

    /// <summary>Reads exactly as many bytes as there is room for.</summary>
    public static void Fill(Stream stream, Span<byte> room, ReadPath path)
    {
        if (stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false) < room.Length)
        {
            throw ReadError.CutShort(path);
        }
    }
}
