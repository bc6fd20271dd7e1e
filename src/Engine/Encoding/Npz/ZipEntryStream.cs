using System.Buffers.Binary;
using System.IO.Compression;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>The unpacked bytes of one entry: as many as the directory says, with the check sum it says, or an error.</summary>
internal sealed class ZipEntryStream : Stream
{
    private const int LocalLength = 30;

    // Deflate makes no more than this of a byte.
    private const long MaxRatio = 1032;

    private readonly ZipEntry entry;
    private readonly ReadPath path;
    private readonly Stream unpacked;
    private long position;
    private uint sum;

    private ZipEntryStream(ZipEntry entry, Stream unpacked, ReadPath path) =>
        (this.entry, this.unpacked, this.path) = (entry, unpacked, path);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => entry.Length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    public static ZipEntryStream Open(Stream file, ZipEntry entry, ReadPath path)
    {
        Span<byte> local = stackalloc byte[LocalLength];
        file.Position = entry.Offset;
        Bytes.Fill(file, local, path);
        var skip =
            BinaryPrimitives.ReadUInt16LittleEndian(local[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        var start = entry.Offset + LocalLength + skip;
        if (
            !local.StartsWith("PK\u0003\u0004"u8)
            || start > file.Length - entry.PackedLength
            || (entry.IsDeflated ? entry.Length / MaxRatio > entry.PackedLength : entry.Length != entry.PackedLength)
        )
        {
            throw ReadError.Malformed("The zip file's entry is damaged.", path);
        }

        file.Position = start;
        var packed = new StreamWindow(file, entry.PackedLength);
        return new ZipEntryStream(
            entry,
            entry.IsDeflated ? new DeflateStream(packed, CompressionMode.Decompress) : packed,
            path
        );
    }

    public override int Read(Span<byte> buffer)
    {
        var room = buffer[..(int)Math.Min(buffer.Length, entry.Length - position)];
        var count = room.IsEmpty ? 0 : ReadUnpacked(room);
        position += count;
        sum = Crc32.Append(sum, room[..count]);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Throws where the bytes were not those that were packed; to be called when all are read.</summary>
    public void Verify()
    {
        if (position != entry.Length || sum != entry.Crc || ReadUnpacked(stackalloc byte[1]) != 0)
        {
            throw Damaged(null);
        }
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        unpacked.Dispose();
        base.Dispose(disposing);
    }

    private int ReadUnpacked(Span<byte> room)
    {
        try
        {
            return unpacked.Read(room);
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(exception);
        }
    }

    private EngineException Damaged(Exception? cause) =>
        new(ErrorCode.MalformedRequest, "The zip file's entry is damaged.", path.ToString(), cause);
}
