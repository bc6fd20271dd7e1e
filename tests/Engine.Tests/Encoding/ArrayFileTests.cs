using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Encoding;

/// <summary>Files of arrays as the tool, the module and batches read and write them.</summary>
[Collection(nameof(ArrayMemoryCollection))]
public sealed class ArrayFileTests
{
    [Theory]
    [InlineData("a.npy")]
    [InlineData("a.NPZ")]
    [InlineData("a.safetensors")]
    [InlineData("a.json")]
    [InlineData("a.csv")]
    public void A_matrix_comes_back_from_every_format(string name)
    {
        using var array = NDArray.FromArray<float>([1.5f, -2, 0.1f, 4e20f], 2, 2);
        var format = ArrayFile.FormatOf(name)!.Value;
        using var stream = new MemoryStream();
        ArrayFile.Write(stream, format, PyTree.Leaf(array));
        stream.Position = 0;
        var read = ArrayFile.Read(stream, format, name, ArrayFile.IsNamed(format) ? "output0" : null);
        using var back = Assert.IsType<NDArray>(Assert.Single(read.Leaves));
        Assert.Equal(array.Aval, back.Aval);
        Assert.Equal(array.Bytes, back.Bytes);
    }

    [Fact]
    public void An_ending_without_a_meaning_names_no_format() => Assert.Null(ArrayFile.FormatOf("a.txt"));

    [Theory]
    [InlineData("1,2\n3,4\n", "1,2,3,4")]
    [InlineData("x,y\n1,2\n\n 3 ,4", "1,2,3,4")]
    [InlineData("true,\"0.5\"\nFALSE,-1e3\n", "1,0.5,0,-1000")]
    public void A_csv_with_or_without_names_is_a_table(string text, string expected)
    {
        using var table = Csv(text, CsvOptions.Default);
        Assert.Equal("float32[2, 2]", table.Aval.ToString());
        Assert.Equal(expected, string.Join(',', table.AsSpan<float>().ToArray()));
    }

    [Fact]
    public void Whole_numbers_of_a_csv_keep_all_their_bits()
    {
        using var table = Csv("9007199254740993,1e3,2.0\n", CsvOptions.Default with { Dtype = DType.Int64 });
        Assert.Equal([9007199254740993, 1000, 2], table.AsSpan<long>().ToArray());
    }

    [Theory]
    [InlineData("this is a text", DType.Float32, "no line of numbers")]
    [InlineData("1,2\n3\n", DType.Float32, "Line 2 has 1 fields")]
    [InlineData("1,2\n3,x\n", DType.Float32, "Line 2 has no number in column 2")]
    [InlineData("1.5\n", DType.Int32, "Line 1 has no integer in column 1")]
    [InlineData("300\n", DType.UInt8, "does not fit into uint8")]
    [InlineData("2\n", DType.Bool, "does not fit into bool")]
    public void A_csv_that_is_no_table_of_the_dtype_is_refused_with_the_line(string text, DType dtype, string expected)
    {
        var error = Assert.Throws<EngineException>(() => Csv(text, CsvOptions.Default with { Dtype = dtype }));
        Assert.Equal(ErrorCode.MalformedRequest, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_behind_an_npy_are_refused()
    {
        using var array = NDArray.FromArray<float>([1], 1);
        using var stream = new MemoryStream();
        ArrayFile.Write(stream, ArrayFileFormat.Npy, PyTree.Leaf(array));
        stream.WriteByte(0);
        stream.Position = 0;
        Assert.Throws<EngineException>(() => ArrayFile.Read(stream, ArrayFileFormat.Npy, "a.npy"));
    }

    [Fact]
    public void A_name_that_a_file_lacks_is_told_with_those_it_has()
    {
        using var array = NDArray.FromArray<float>([1], 1);
        using var stream = new MemoryStream();
        ArrayFile.Write(stream, ArrayFileFormat.Npz, PyTree.Leaf(array));
        stream.Position = 0;
        var error = Assert.Throws<EngineException>(() =>
            ArrayFile.Read(stream, ArrayFileFormat.Npz, "a.npz", "weight")
        );
        Assert.Equal("The file has no array \"weight\"; it has output0.", error.Message);
    }

    [Fact]
    public void What_a_format_cannot_hold_is_refused()
    {
        using var cube = NDArray.FromArray<float>([1], 1, 1, 1);
        using var complex = NDArray.Allocate(DType.Complex64, 1);
        foreach (
            var wrong in new[]
            {
                PyTree.Leaf(cube),
                PyTree.Leaf(complex),
                PyTree.Tuple(PyTree.Leaf(cube), PyTree.Leaf(cube)),
            }
        )
        {
            var error = Assert.Throws<EngineException>(() => ArrayFile.Write(Stream.Null, ArrayFileFormat.Csv, wrong));
            Assert.Equal(ErrorCode.OutputShapeMismatch, error.Code);
        }
    }

    private static NDArray Csv(string text, CsvOptions options)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        return (NDArray)ArrayFile.Read(stream, ArrayFileFormat.Csv, "t.csv", null, options).Leaves[0];
    }
}
