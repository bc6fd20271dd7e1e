using FsCheck;
using FsCheck.Xunit;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Arrays;
using Torch2Jax.Tests.Torch;

namespace Torch2Jax.Tests.Encoding;

[Collection(nameof(ArrayMemoryCollection))]
public sealed class SafetensorsTests
{
    public static Arbitrary<ArrayPlan> Storable() =>
        FsCheck.Fluent.Arb.From(
            RandomArray.Plans(DTypes.Supported.Where(dtype => dtype.SafetensorsName() is not null))
        );

    [Property(MaxTest = 50, Arbitrary = [typeof(SafetensorsTests)])]
    public void Arrays_come_back_bit_for_bit(ArrayPlan[] plans)
    {
        var arrays = plans.Select((plan, i) => KeyValuePair.Create($"layer{i}.\u00e9\"", plan.Make())).ToArray();
        using var file = new MemoryStream();
        Safetensors.Write(file, arrays);
        Assert.Equal(0, BitConverter.ToInt64(file.ToArray()) % 8);
        var again = Safetensors.Read(file.ToArray(), ReadLimits.Default);
        Assert.Equal(arrays.Length, again.Count);
        foreach (var (name, array) in arrays)
        {
            Assert.Equal(array.Aval, again[name].Aval);
            Assert.True(array.Bytes.SequenceEqual(again[name].Bytes));
            array.Dispose();
        }

        NpzTests.Dispose(again);
    }

    [Fact]
    public void The_digit_classifier_is_read_as_it_was_trained()
    {
        var file = File.ReadAllBytes(Path.Combine(Goldens.Folder, "digits", "digits_mlp.safetensors"));
        var arrays = Safetensors.Read(file, ReadLimits.Default);
        Assert.Equal("float32[32, 64]", arrays["fc1.weight"].ToString());
        Assert.Equal("float32[10]", arrays["fc2.bias"].ToString());
        Assert.Equal(4, arrays.Count);

        // All bytes behind the header are those of the tensors, in some order.
        var header = 8 + BitConverter.ToInt32(file);
        Assert.Equal(file.Length - header, arrays.Values.Sum(array => array.ByteLength));
        Assert.All(arrays.Values, array => Assert.True(file.AsSpan(header).IndexOf(array.Bytes) >= 0));
        NpzTests.Dispose(arrays);
    }

    [Fact]
    public void Metadata_is_tolerated_and_the_order_is_the_headers()
    {
        var arrays = Safetensors.Read(
            FileOf(
                """{"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"a":{"shape":[2],"data_offsets":[0,2],"dtype":"BOOL"}}   """,
                [0, 1, 9]
            ),
            ReadLimits.Default
        );
        Assert.Equal(["b", "a"], arrays.Keys);
        Assert.Equal([9], arrays["b"].Bytes.ToArray());
        Assert.Equal([0, 1], arrays["a"].Bytes.ToArray());
        NpzTests.Dispose(arrays);
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"""
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"""
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}"""
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"dtype":"I8"}}""")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"__metadata__":{"a":1}}""")]
    [InlineData("""{"\u0000":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    [InlineData("""{}{}""")]
    [InlineData("")]
    public void What_is_not_as_the_format_wants_it_is_refused(string header)
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        Assert.Equal(ErrorCode.MalformedRequest, Refused(FileOf(header, [9, 1, 2, 3])).Code);
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,4]}}""", ErrorCode.UnsupportedDtype)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4000],"data_offsets":[0,4000]}}""", ErrorCode.PayloadTooLarge)]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[9223372036854775807,9],"data_offsets":[0,1]}}""",
        ErrorCode.PayloadTooLarge
    )]
    public void Unknown_types_and_sizes_over_the_limit_have_their_codes(string header, ErrorCode code)
    {
        var error = Refused(FileOf(header, new byte[4]), new ReadLimits(100, 100, 5, 5));
        Assert.Equal((code, "weights.a"), (error.Code, error.Path));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 40)]
    [InlineData(100_000_000UL)]
    [InlineData(3UL)]
    public void A_header_longer_than_the_file_is_refused_before_memory_is_taken(ulong length) =>
        Assert.Equal(ErrorCode.MalformedRequest, Refused([.. BitConverter.GetBytes(length), 1, 2]).Code);

    [Fact]
    public void A_dtype_that_the_format_lacks_is_not_written()
    {
        using var array = NDArray.Allocate(DType.Complex128, 1);
        var error = Assert.Throws<EngineException>(() =>
            Safetensors.Write(Stream.Null, [KeyValuePair.Create("a", array)])
        );
        Assert.Equal(ErrorCode.UnsupportedDtype, error.Code);
    }

    internal static byte[] FileOf(string header, byte[] data)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. data];
    }

    private static EngineException Refused(byte[] file, ReadLimits? limits = null) =>
        Assert.Throws<EngineException>(() => Safetensors.Read(file, limits ?? ReadLimits.Default, "weights"));
}
