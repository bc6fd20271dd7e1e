using System.Globalization;
using FsCheck.Xunit;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Tests.Encoding;

public sealed class NpyTests
{
    [Property(Arbitrary = [typeof(RandomArray)])]
    public void An_array_comes_back_bit_for_bit(ArrayPlan plan)
    {
        using var array = plan.Make();
        using var file = new MemoryStream();
        Npy.Write(file, array);
        Assert.Equal(0, (file.Length - array.ByteLength) % 64);
        using var again = Npy.Read(file.ToArray(), ReadLimits.Default);
        Assert.Equal(array.Aval, again.Aval);
        Assert.True(array.Bytes.SequenceEqual(again.Bytes));
        file.Position = 0;
        using var streamed = Npy.Read(file, ReadLimits.Default);
        Assert.True(array.Bytes.SequenceEqual(streamed.Bytes));
    }

    [Theory]
    [InlineData(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }")]
    [InlineData(2, "{'shape': (2,3), 'fortran_order': False, 'descr': '<i4'}  \n")]
    [InlineData(3, "{\"descr\":\"=i4\",\"fortran_order\":False,\"shape\":(2L, 3L,)}")]
    public void Headers_of_all_versions_are_read(byte version, string header)
    {
        using var array = Npy.Read(File(version, header, Ints(0, 1, 2, 3, 4, 5)), ReadLimits.Default);
        Assert.Equal("int32[2, 3]", array.ToString());
        Assert.Equal([0, 1, 2, 3, 4, 5], array.AsSpan<int>());
    }

    [Fact]
    public void Fortran_order_and_big_endian_are_brought_into_ours()
    {
        var elements = Enumerable.Range(0, 24).SelectMany(i => BitConverter.GetBytes((short)i).Reverse()).ToArray();
        using var array = Npy.Read(File(1, Header(">i2", "2, 3, 4", fortran: true), elements), ReadLimits.Default);
        for (var i = 0; i < 24; i++)
        {
            var (a, b, c) = (i / 12, i / 4 % 3, i % 4);
            Assert.Equal(a + (2 * b) + (6 * c), array.AsSpan<short>()[i]);
        }
    }

    [Theory]
    [InlineData(">c8")]
    [InlineData(">c16")]
    public void Each_half_of_a_big_endian_complex_number_is_turned_round(string descr)
    {
        var wide = descr == ">c16";
        byte[] Half(double value) =>
            [.. (wide ? BitConverter.GetBytes(value) : BitConverter.GetBytes((float)value)).Reverse()];
        using var array = Npy.Read(File(1, Header(descr, "1,"), [.. Half(1), .. Half(-2)]), ReadLimits.Default);
        var read = JsonTrees.Write(array);
        Assert.EndsWith("[[1,-2]]}", read, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<V2", null)]
    [InlineData("|V2", null)]
    [InlineData("<V2", DType.BFloat16)]
    [InlineData("<u2", DType.BFloat16)]
    public void Bfloat16_is_read_from_what_carries_it(string descr, DType? dtype)
    {
        using var array = Npy.Read(File(1, Header(descr, "1,"), [0x80, 0x3f]), ReadLimits.Default, dtype);
        Assert.Equal(DType.BFloat16, array.Dtype);
        Assert.EndsWith("[1]}", JsonTrees.Write(array), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("O", ErrorCode.MalformedRequest)]
    [InlineData("|O", ErrorCode.MalformedRequest)]
    [InlineData("<f16", ErrorCode.UnsupportedDtype)]
    [InlineData("<U5", ErrorCode.UnsupportedDtype)]
    [InlineData("<M8[ns]", ErrorCode.UnsupportedDtype)]
    [InlineData("|V1", ErrorCode.UnsupportedDtype)]
    [InlineData("", ErrorCode.UnsupportedDtype)]
    public void Element_types_that_are_no_numbers_are_refused(string descr, ErrorCode code)
    {
        var file = File(1, Header(descr, "1,"), new byte[16]);
        var error = Assert.Throws<EngineException>(() => Npy.Read(file, ReadLimits.Default, path: "x"));
        Assert.Equal((code, "x"), (error.Code, error.Path));
    }

    [Theory]
    [InlineData("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': 0, 'shape': (1,)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (-1,)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1,)} x")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'x': 1}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2,)}")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': ()}x")]
    [InlineData("{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}")]
    [InlineData("{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}")]
    [InlineData("")]
    public void A_header_or_elements_that_are_not_NumPys_are_refused(string header) =>
        Assert.Equal(ErrorCode.MalformedRequest, Refused(File(1, header, Ints(7))).Code);

    [Theory]
    [InlineData("300,")]
    [InlineData("1099511627776,")]
    [InlineData("4611686018427387904, 4")]
    public void A_size_over_the_limit_is_refused_before_memory_is_taken(string shape) =>
        Assert.Equal(
            ErrorCode.PayloadTooLarge,
            Refused(File(1, Header("<i4", shape), Ints(7)), new ReadLimits(1000, 1000, 5, 5)).Code
        );

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        var file = File(1, Header("<i4", "2,"), Ints(1, 2));
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Equal(ErrorCode.MalformedRequest, Refused(file[..length]).Code);
        }
    }

    [Fact]
    public void One_stream_may_hold_several_arrays()
    {
        using var stream = new MemoryStream();
        using var first = NDArray.FromArray([1f, 2], 2);
        using var second = NDArray.FromArray([3L]);
        Npy.Write(stream, first);
        Npy.Write(stream, second);
        Assert.Equal(ErrorCode.MalformedRequest, Refused(stream.ToArray()).Code);
        stream.Position = 0;
        using var firstAgain = Npy.Read(stream, ReadLimits.Default);
        using var secondAgain = Npy.Read(stream, ReadLimits.Default);
        Assert.Equal(first.AsSpan<float>(), firstAgain.AsSpan<float>());
        Assert.Equal(second.AsSpan<long>(), secondAgain.AsSpan<long>());
    }

    internal static byte[] File(byte version, string header, byte[] elements)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(header);
        var length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. elements];
    }

    internal static string Header(string descr, string shape, bool fortran = false) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n"
        );

    internal static byte[] Ints(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static EngineException Refused(byte[] file, ReadLimits? limits = null) =>
        Assert.Throws<EngineException>(() => Npy.Read(file, limits ?? ReadLimits.Default));
}
