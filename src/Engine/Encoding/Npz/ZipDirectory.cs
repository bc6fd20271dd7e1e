using System.Buffers.Binary;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>
/// Reads the central directory of a zip file, where sizes are right also for entries whose local headers do not know
/// them. Counts and sizes are checked before memory is taken.
/// </summary>
internal sealed class ZipDirectory(Stream stream, ReadBudget budget, ReadPath path)
{
    private const int EndLength = 22;
    private const int EntryLength = 46;
    private const int MaxNameLength = 1024;
    private const uint NotHere = 0xffffffff; // the number is in the zip64 field
    private const int IsEncrypted = 1;
    private const int IsUtf8 = 1 << 11;

    private static readonly System.Text.UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>All entries in the order of the directory.</summary>
    public IReadOnlyList<ZipEntry> Read()
    {
        var (count, length, offset) = FindDirectory();
        if (offset < 0 || length < 0 || offset > stream.Length - length || count > length / EntryLength)
        {
            throw Wrong();
        }

        stream.Position = offset;
        var entries = new List<ZipEntry>();
        var left = length;
        for (var i = 0L; i < count; i++)
        {
            entries.Add(ReadEntry(ref left));
        }

        return left == 0 ? entries : throw Wrong();
    }

    private (long Count, long Length, long Offset) FindDirectory()
    {
        var tailLength = (int)Math.Min(stream.Length, EndLength + ushort.MaxValue);
        var tail = new byte[tailLength];
        stream.Position = stream.Length - tailLength;
        Bytes.Fill(stream, tail, path);
        for (var at = tailLength - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (end.StartsWith("PK\u0005\u0006"u8) && UInt16(end, 20) == end.Length - EndLength)
            {
                var count = UInt16(end, 10);
                return count == ushort.MaxValue || UInt32(end, 12) == NotHere || UInt32(end, 16) == NotHere
                        ? FindZip64(stream.Length - tailLength + at)
                    : UInt32(end, 4) == 0 && UInt16(end, 8) == count ? (count, UInt32(end, 12), UInt32(end, 16))
                    : throw Wrong();
            }
        }

        throw ReadError.Malformed("This is not a zip file, or it is cut short.", path);
    }

    private (long Count, long Length, long Offset) FindZip64(long end)
    {
        Span<byte> locator = stackalloc byte[20];
        Span<byte> record = stackalloc byte[56];
        ReadAt(end - locator.Length, locator);
        var at = (long)BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]);
        if (!locator.StartsWith("PK\u0006\u0007"u8) || UInt32(locator, 4) != 0)
        {
            throw Wrong();
        }

        ReadAt(at, record);
        var count = (long)BinaryPrimitives.ReadUInt64LittleEndian(record[32..]);
        return record.StartsWith("PK\u0006\u0006"u8) && count >= 0
            ? (
                count,
                (long)BinaryPrimitives.ReadUInt64LittleEndian(record[40..]),
                (long)BinaryPrimitives.ReadUInt64LittleEndian(record[48..])
            )
            : throw Wrong();
    }

    private ZipEntry ReadEntry(ref long left)
    {
        budget.TakeLeaf(path);
        Span<byte> fixedPart = stackalloc byte[EntryLength];
        Bytes.Fill(stream, fixedPart, path);
        var (nameLength, extraLength) = (UInt16(fixedPart, 28), UInt16(fixedPart, 30));
        var commentLength = UInt16(fixedPart, 32);
        left -= EntryLength + nameLength + extraLength + commentLength;
        if (!fixedPart.StartsWith("PK\u0001\u0002"u8) || left < 0 || nameLength > MaxNameLength)
        {
            throw Wrong();
        }

        var rest = new byte[nameLength + extraLength + commentLength];
        Bytes.Fill(stream, rest, path);
        var (flags, method) = (UInt16(fixedPart, 8), UInt16(fixedPart, 10));
        var name = ReadName(rest.AsSpan(0, nameLength), (flags & IsUtf8) != 0);
        if ((flags & IsEncrypted) != 0 || method is not (0 or 8))
        {
            throw ReadError.Malformed("An entry is encrypted, or packed in another way than deflate.", path);
        }

        var entry = new ZipEntry(
            name,
            method == 8,
            UInt32(fixedPart, 16),
            UInt32(fixedPart, 20),
            UInt32(fixedPart, 24),
            UInt32(fixedPart, 42)
        );
        return Widen(entry, rest.AsSpan(nameLength, extraLength));
    }

    // The zip64 field holds, in this order, those numbers that did not fit 32 bits.
    private ZipEntry Widen(ZipEntry entry, ReadOnlySpan<byte> extra)
    {
        for (; extra.Length >= 4; extra = extra[(4 + UInt16(extra, 2))..])
        {
            if (4 + UInt16(extra, 2) > extra.Length)
            {
                throw Wrong();
            }

            if (UInt16(extra, 0) == 1)
            {
                var field = extra.Slice(4, UInt16(extra, 2));
                var length = Next(entry.Length, ref field);
                var packed = Next(entry.PackedLength, ref field);
                entry = entry with { Length = length, PackedLength = packed, Offset = Next(entry.Offset, ref field) };
                break;
            }
        }

        var inside = entry.Offset >= 0 && entry.PackedLength >= 0 && entry.Length >= 0;
        return inside && entry.Offset <= stream.Length && entry.PackedLength <= stream.Length - entry.Offset
            ? entry
            : throw Wrong();
    }

    private long Next(long value, ref ReadOnlySpan<byte> field)
    {
        if (value != NotHere)
        {
            return value;
        }

        if (field.Length < 8)
        {
            throw Wrong();
        }

        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
        return value;
    }

    private string ReadName(ReadOnlySpan<byte> bytes, bool utf8)
    {
        try
        {
            return utf8 || System.Text.Ascii.IsValid(bytes) ? Utf8.GetString(bytes) : throw Wrong();
        }
        catch (System.Text.DecoderFallbackException)
        {
            throw Wrong();
        }
    }

    private void ReadAt(long position, Span<byte> room)
    {
        if (position < 0 || position > stream.Length - room.Length)
        {
            throw Wrong();
        }

        stream.Position = position;
        Bytes.Fill(stream, room, path);
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private EngineException Wrong() => ReadError.Malformed("The zip file's directory is damaged.", path);
}
