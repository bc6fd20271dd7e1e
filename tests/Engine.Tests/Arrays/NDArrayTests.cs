using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Tests.Arrays;

public sealed class NDArrayTests
{
    [Fact]
    public void An_array_describes_itself_and_holds_what_was_given()
    {
        using var array = NDArray.FromArray([1f, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal(DType.Float32, array.Dtype);
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal((2, 6, 24), (array.Rank, array.Size, array.ByteLength));
        Assert.Equal("float32[2, 3]", array.ToString());
        Assert.Equal([1f, 2, 3, 4, 5, 6], array.AsSpan<float>());
        Assert.Equal(0, array.Pointer % 64);
        Assert.Equal(new ShapeDtypeStruct(DType.Float32, 2, 3), array.Aval);
        Assert.Throws<ArgumentException>(() => array.AsSpan<double>().Length);
    }

    [Theory]
    [InlineData(new long[] { }, 1, "float64[]")]
    [InlineData(new long[] { 0 }, 0, "float64[0]")]
    [InlineData(new long[] { 3, 0, 1L << 40 }, 0, "float64[3, 0, 1099511627776]")]
    public void Scalars_and_arrays_without_elements_are_legal(long[] shape, long size, string text)
    {
        using var array = NDArray.Allocate(DType.Float64, shape);
        Assert.Equal(size, array.Size);
        Assert.Equal(text, array.ToString());
        Assert.Equal(size * 8, array.Bytes.Length);
    }

    [Fact]
    public void Shapes_alone_may_be_larger_than_any_memory()
    {
        var described = new ShapeDtypeStruct(DType.Float32, 1L << 20, 1L << 20);
        Assert.Equal(1L << 40, described.Size);
        Assert.Equal(1L << 42, described.ByteLength);
        Assert.Equal(ErrorCode.PayloadTooLarge, Assert.Throws<EngineException>(() => NDArray.Allocate(described)).Code);
    }

    [Theory]
    [InlineData(new[] { 1L << 31 }, ErrorCode.PayloadTooLarge)]
    [InlineData(new[] { 1L << 40 }, ErrorCode.PayloadTooLarge)]
    [InlineData(new[] { 1L << 40, 1L << 40 }, ErrorCode.PayloadTooLarge)]
    [InlineData(new[] { long.MaxValue, long.MaxValue, long.MaxValue }, ErrorCode.PayloadTooLarge)]
    [InlineData(new[] { 0L, 1L << 40, 1L << 40 }, ErrorCode.PayloadTooLarge)]
    [InlineData(new[] { -1L }, ErrorCode.MalformedRequest)]
    [InlineData(new[] { 2L, long.MinValue }, ErrorCode.MalformedRequest)]
    public void Sizes_never_overflow(long[] shape, ErrorCode code) =>
        Assert.Equal(code, Assert.Throws<EngineException>(() => NDArray.Allocate(DType.Int8, shape)).Code);

    [Fact]
    public void Disposing_twice_does_no_harm_and_using_it_afterwards_is_an_error()
    {
        var array = NDArray.FromArray([1L, 2], 2);
        array.Dispose();
        array.Dispose();
        Assert.Throws<ObjectDisposedException>(() => array.Bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => array.AsSpan<long>().Length);
        Assert.Throws<ObjectDisposedException>(() => array.Pointer);
        Assert.Equal("int64[2]", array.ToString());
    }

    [Fact]
    public void Memory_of_someone_else_is_released_once_when_the_array_is_disposed_of()
    {
        var storage = new ForeignStorage(64);
        var array = NDArray.Wrap(storage, DType.Int32, 4, 4);
        array.AsSpan<int>().Fill(7);
        Assert.Throws<ArgumentException>(() => NDArray.Wrap(storage, DType.Int32, 17));
        array.Dispose();
        array.Dispose();
        Assert.Equal(1, storage.Released);
    }

    [Fact]
    public void Values_that_do_not_fill_the_shape_are_refused()
    {
        Assert.Throws<ArgumentException>(() => NDArray.FromArray([1f, 2], 3));
        Assert.Throws<ArgumentException>(() => NDArray.FromSpan<short>(DType.Int32, [2], [1, 2]));
        Assert.Throws<ArgumentException>(() => NDArray.FromArray(['a'], 1));
    }

    private sealed class ForeignStorage(int bytes) : ArrayStorage(Marshal.AllocHGlobal(bytes), (nuint)bytes)
    {
        public int Released { get; private set; }

        protected override bool ReleaseHandle()
        {
            Released++;
            Marshal.FreeHGlobal(handle);
            return true;
        }
    }
}
