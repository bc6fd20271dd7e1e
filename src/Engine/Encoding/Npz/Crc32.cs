namespace Torch2Jax.Encoding;

/// <summary>The check sum of zip files, eight bytes at a time.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;

    private static readonly uint[] Tables = MakeTables();

    /// <summary>Goes on from the sum of what came before (0 at first).</summary>
    public static uint Append(uint sum, ReadOnlySpan<byte> bytes)
    {
        var tables = Tables.AsSpan();
        sum = ~sum;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BitConverter.ToUInt32(bytes) ^ sum;
            var high = BitConverter.ToUInt32(bytes[4..]);
            sum =
                tables[0x700 + (int)(low & 0xff)]
                ^ tables[0x600 + (int)((low >> 8) & 0xff)]
                ^ tables[0x500 + (int)((low >> 16) & 0xff)]
                ^ tables[0x400 + (int)(low >> 24)]
                ^ tables[0x300 + (int)(high & 0xff)]
                ^ tables[0x200 + (int)((high >> 8) & 0xff)]
                ^ tables[0x100 + (int)((high >> 16) & 0xff)]
                ^ tables[(int)(high >> 24)];
        }

        foreach (var value in bytes)
        {
            sum = tables[(int)((sum ^ value) & 0xff)] ^ (sum >> 8);
        }

        return ~sum;
    }

    // Table k holds the sums of a byte followed by k zero bytes.
    private static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            var sum = i;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) * Polynomial);
            }

            tables[i] = sum;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 0xff];
        }

        return tables;
    }
}
