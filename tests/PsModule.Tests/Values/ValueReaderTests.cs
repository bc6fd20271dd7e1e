using System.Collections;
using System.Management.Automation;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Values;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Tests.Values;

/// <summary>What scripts hold, read as trees.</summary>
public sealed class ValueReaderTests
{
    private static readonly Expected Tensor = Expected.Of(TorchType.Parse("Tensor"), null);

    [Theory]
    [InlineData(1.5, "float32[]")]
    [InlineData(1, "int64[]")]
    [InlineData(true, "bool[]")]
    public void A_bare_number_has_its_own_dtype_where_nothing_is_known(object number, string shape) =>
        Assert.Equal(shape, Shape(number, Expected.Nothing));

    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Int32)]
    [InlineData(DType.BFloat16)]
    public void A_bare_number_takes_the_dtype_of_the_example(DType dtype) =>
        Assert.Equal($"{dtype.Name()}[]", Shape(2, Example(dtype)));

    [Fact]
    public void Lists_of_numbers_are_arrays_and_take_the_dtype_of_the_example()
    {
        object[] rows = [new object[] { 1, 2.5 }, new object[] { 3, 4 }];
        Assert.Equal("float32[2, 2]", Shape(rows, Tensor));
        Assert.Equal("float64[2, 2]", Shape(rows, Example(DType.Float64)));
        Assert.Equal("int64[3]", Shape(new ArrayList { 1, 2, 3 }, Expected.Nothing));
        Assert.Equal("float32[0]", Shape(Array.Empty<object>(), Tensor));
    }

    [Fact]
    public void Typed_arrays_keep_their_dtype_whatever_the_example_has()
    {
        Assert.Equal("float64[2]", Shape(new double[] { 1, 2 }, Example(DType.Float32)));
        Assert.Equal("uint8[1, 2, 3]", Shape(new byte[1, 2, 3], Tensor));
        Assert.Equal("int32[2, 1]", Shape(new int[][] { [1], [2] }, Tensor));
        Assert.Equal("complex128[1]", Shape(new System.Numerics.Complex[1], Tensor));
    }

    [Fact]
    public void Where_the_function_declares_a_list_numbers_are_its_items()
    {
        var list = Expected.Of(TorchType.Parse("List[Tensor]"), null);
        Assert.Equal("PyTreeDef([*, *])", Read(new object[] { 1.5, 2 }, list).Structure.ToString());
        var tuple = Expected.Of(TorchType.Parse("Tuple[Tensor, int]"), null);
        var read = Read(new object[] { 1.5, 2 }, tuple);
        Assert.Equal("PyTreeDef((*, *))", read.Structure.ToString());
        Assert.Equal(new StaticValue(2L), read.Leaves[1]);
    }

    [Fact]
    public void Dictionaries_objects_and_mixed_lists_are_trees()
    {
        var tree = new Hashtable { ["b"] = 1.5, ["a"] = new object?[] { new float[] { 1, 2 }, new Hashtable(), null } };
        Assert.Equal("PyTreeDef({'a': [*, {}, None], 'b': *})", Read(tree, Expected.Nothing).Structure.ToString());
        var custom = new PSObject();
        custom.Properties.Add(new PSNoteProperty("w", 1.0));
        Assert.Equal("PyTreeDef({'w': *})", Read(custom, Expected.Nothing).Structure.ToString());
        Assert.Equal("PyTreeDef((*, *))", Read((1.0, 2.0), Expected.Nothing).Structure.ToString());
    }

    [Fact]
    public void Wrapped_values_are_read_as_what_they_wrap() =>
        Assert.Equal("float32[2]", Shape(PSObject.AsPSObject(new object[] { PSObject.AsPSObject(1.5), 2 }), Tensor));

    [Theory]
    [InlineData("int", 3, 3L)]
    [InlineData("float", 3, 3L)]
    [InlineData("float", 2.5, 2.5)]
    [InlineData("bool", true, true)]
    [InlineData("str", "float32[2]", "float32[2]")]
    [InlineData("Optional[int]", 3, 3L)]
    public void Static_arguments_are_values(string type, object given, object expected) =>
        Assert.Equal(
            new StaticValue(expected),
            Read(given, Expected.Of(TorchType.Parse(type), null), allowShapes: true).Leaves[0]
        );

    [Fact]
    public void Lists_of_static_values_stay_lists()
    {
        var read = Read(new object[] { 2, 3 }, Expected.Of(TorchType.Parse("List[int]"), null));
        Assert.Equal([new StaticValue(2L), new StaticValue(3L)], read.Leaves);
        Assert.Equal(TreeKind.None, Read(null, Expected.Of(TorchType.Parse("Optional[int]"), null)).Structure.Kind);
    }

    [Fact]
    public void A_text_is_a_shape_where_shapes_are_asked_for_and_an_error_elsewhere()
    {
        Assert.Equal("float32[10, 5]", $"{Read("float32[10, 5]", Tensor, allowShapes: true).Leaves[0]}");
        Assert.Equal("float64[7]", $"{Read("[7]", Example(DType.Float64), allowShapes: true).Leaves[0]}");
        Assert.Equal("ValueNotSupported", Refused("float32[10, 5]").Id);
    }

    [Fact]
    public void Ragged_lists_name_the_place()
    {
        var error = Refused(new object[] { new object[] { 1, 2 }, new object[] { 3 } });
        Assert.Equal("RaggedArray", error.Id);
        Assert.Equal("x[1] has 1 elements, but should have 2 like the first: an array is rectangular.", error.Message);
        Assert.Equal("RaggedArray", Refused(new object[] { 1, new object[] { 3 } }).Id);
        Assert.Equal("RaggedArray", Refused(new object[] { new object[] { 3 }, 1 }).Id);
        Assert.Equal("RaggedArray", Refused(new float[][] { [1, 2], [3] }).Id);
    }

    [Fact]
    public void What_is_no_value_names_its_type()
    {
        Assert.Contains("System.DateTime", Refused(DateTime.UnixEpoch).Message);
        Assert.Equal("KeyNotString", Refused(new Hashtable { [1] = 2.0 }).Id);
        Assert.Equal("ValueOutOfRange", Refused(2.5, Example(DType.Int64)).Id);
        var endless = new ArrayList();
        endless.Add(new Hashtable { ["a"] = endless });
        Assert.Equal("TreeTooDeep", Refused(endless).Id);
    }

    [Fact]
    public void Arrays_are_lent_without_a_copy_and_given_back()
    {
        var array = new Torch2JaxArray(new ShapeDtypeStruct(DType.Float32, 2), new byte[8]);
        NDArray lent;
        using (var values = new ReadValues(shapesOnly: false))
        {
            lent = (NDArray)new ValueReader(values, false).Read(array, Tensor, "x").Leaves[0];
            Assert.Equal(8, lent.ByteLength);
        }

        Assert.Throws<ObjectDisposedException>(() => lent.Bytes.Length);
    }

    private static Expected Example(DType dtype) =>
        Expected.Of(null, PyTree.Leaf<IArgumentLeaf>(new ShapeDtypeStruct(dtype, ReadOnlySpan<long>.Empty)));

    private static PyTree<IArgumentLeaf> Read(object? value, Expected expected, bool allowShapes = false) =>
        new ValueReader(new ReadValues(shapesOnly: true), allowShapes).Read(value, expected, "x");

    private static string Shape(object value, Expected expected) => $"{Read(value, expected).Leaves.Single()}";

    private static ModuleException Refused(object value, Expected? expected = null) =>
        Assert.Throws<ModuleException>(() => Read(value, expected ?? Tensor));
}
