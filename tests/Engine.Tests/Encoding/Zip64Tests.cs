using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Tests.Encoding;

/// <summary>Zip files whose numbers are all in their zip64 fields, as large files have them.</summary>
public sealed class Zip64Tests
{
    private static readonly byte[] Content = NpyTests.File(1, NpyTests.Header("<i4", "2,"), NpyTests.Ints(7, 8));

    [Fact]
    public void Numbers_are_read_from_the_zip64_fields()
    {
        var arrays = Npz.Read(Build(Content.Length), ReadLimits.Default);
        Assert.Equal([7, 8], arrays["x"].AsSpan<int>());
        NpzTests.Dispose(arrays);
    }

    [Theory]
    [InlineData(-1, ErrorCode.MalformedRequest)]
    [InlineData(1, ErrorCode.MalformedRequest)]
    [InlineData(long.MaxValue, ErrorCode.PayloadTooLarge)]
    [InlineData(long.MinValue, ErrorCode.MalformedRequest)]
    [InlineData(1L << 40, ErrorCode.PayloadTooLarge)]
    public void A_wrong_size_in_them_is_refused(long size, ErrorCode code) =>
        Assert.Equal(code, Assert.Throws<EngineException>(() => Npz.Read(Build(size), ReadLimits.Default)).Code);

    private static byte[] Build(long length)
    {
        var name = "x.npy"u8.ToArray();
        var sum = U32(Crc32.Append(0, Content));
        byte[] sizes = [.. U32(uint.MaxValue), .. U32(uint.MaxValue)];
        byte[] extra = [.. U16(1), .. U16(24), .. I64(length), .. I64(Content.Length), .. I64(0)];
        byte[] local =
        [
            .. "PK\u0003\u0004"u8,
            .. U16(45),
            .. U16(0),
            .. U16(0),
            .. U32(0),
            .. sum,
            .. sizes,
            .. U16(name.Length),
            .. U16(0),
            .. name,
            .. Content,
        ];
        byte[] entry =
        [
            .. "PK\u0001\u0002"u8,
            .. U16(45),
            .. U16(45),
            .. U16(0),
            .. U16(0),
            .. U32(0),
            .. sum,
            .. sizes,
            .. U16(name.Length),
            .. U16(extra.Length),
            .. U16(0),
            .. U16(0),
            .. U16(0),
            .. U32(0),
            .. U32(uint.MaxValue),
            .. name,
            .. extra,
        ];
        return
        [
            .. local,
            .. entry,
            .. "PK\u0006\u0006"u8,
            .. I64(44),
            .. U16(45),
            .. U16(45),
            .. U32(0),
            .. U32(0),
            .. I64(1),
            .. I64(1),
            .. I64(entry.Length),
            .. I64(local.Length),
            .. "PK\u0006\u0007"u8,
            .. U32(0),
            .. I64(local.Length + entry.Length),
            .. U32(1),
            .. "PK\u0005\u0006"u8,
            .. U16(0),
            .. U16(0),
            .. U16(ushort.MaxValue),
            .. U16(ushort.MaxValue),
            .. sizes,
            .. U16(0),
        ];
    }

    private static byte[] U16(int value) => BitConverter.GetBytes((ushort)value);

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] I64(long value) => BitConverter.GetBytes(value);
}
