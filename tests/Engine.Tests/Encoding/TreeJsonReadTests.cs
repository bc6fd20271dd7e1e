using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Encoding;

public sealed class TreeJsonReadTests
{
    [Fact]
    public void Containers_come_as_JAX_knows_them()
    {
        var tree = JsonTrees.Read("""[{"b":{"$tuple":[null,1]},"a":[true,"x"]},{"$tuple":[]},{}]""");
        Assert.Equal("PyTreeDef([{'a': [*, *], 'b': (None, *)}, (), {}])", tree.Structure.ToString());
        Assert.Equal([true, "x", 1L], tree.Leaves.Select(leaf => ((StaticValue)leaf).Value));
    }

    [Theory]
    [InlineData("3", 3L)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775808", 9223372036854775808.0)]
    [InlineData("3.0", 3.0)]
    [InlineData("1e3", 1000.0)]
    [InlineData("-0.0", -0.0)]
    [InlineData("\"NaN\"", "NaN")]
    [InlineData("false", false)]
    public void A_bare_value_is_static_and_an_integer_only_where_it_is_written_as_one(string json, object value) =>
        Assert.Equal(value, ((StaticValue)JsonTrees.Read(json).Leaves[0]).Value);

    [Fact]
    public void Properties_of_an_array_come_in_any_order()
    {
        string[] parts = ["\"data\":[1,2,3,4]", "\"dtype\":\"int32\"", "\"shape\":[2,2]"];
        foreach (
            var order in (int[][])
                [
                    [0, 1, 2],
                    [0, 2, 1],
                    [1, 0, 2],
                    [1, 2, 0],
                    [2, 0, 1],
                    [2, 1, 0],
                ]
        )
        {
            using var array = (NDArray)JsonTrees.Read($"{{{string.Join(',', order.Select(i => parts[i]))}}}").Leaves[0];
            Assert.Equal("int32[2, 2]", array.ToString());
            Assert.Equal([1, 2, 3, 4], array.AsSpan<int>());
        }
    }

    [Fact]
    public void An_array_without_elements_given_is_a_shape_of_any_size()
    {
        var tree = JsonTrees.Read("""{"shape":[1048576,1048576],"dtype":"bfloat16"}""");
        Assert.Equal("bfloat16[1048576, 1048576]", tree.Leaves[0].ToString());
        Assert.IsType<ShapeDtypeStruct>(tree.Leaves[0]);
    }

    [Theory]
    [InlineData("""{"dtype":[1],"shape":[2]}""", "{'dtype': [*], 'shape': [*]}")]
    [InlineData("""{"dtype":"x","shape":3}""", "{'dtype': *, 'shape': *}")]
    [InlineData("""{"data":[1],"base64":2}""", "{'base64': *, 'data': [*]}")]
    [InlineData("""{"shape":[1,2]}""", "{'shape': [*, *]}")]
    [InlineData("""{"$dtype":"float32","shape":[1]}""", "{'dtype': *, 'shape': [*]}")]
    [InlineData("""{"$$tuple":[1],"$$":2,"$$dtype":3}""", "{'$': *, '$dtype': *, '$tuple': [*]}")]
    public void An_object_that_is_no_array_is_a_dict(string json, string structure) =>
        Assert.Equal($"PyTreeDef({structure})", JsonTrees.Read(json).Structure.ToString());

    [Theory]
    [InlineData("[2,2]", "[1,2,3,4]")]
    [InlineData("[2,2]", "[[1,2],[3,4]]")]
    [InlineData("[2,1,2]", "[[[1,2]],[[3,4]]]")]
    [InlineData("[2,1,2]", "[1,2,3,4]")]
    [InlineData("[4]", "[1,2.0,3e0,4]")]
    public void Elements_are_flat_or_nested_to_the_shape(string shape, string data)
    {
        using var array = JsonTrees.ReadArray("int64", shape, data);
        Assert.Equal([1, 2, 3, 4], array.AsSpan<long>());
    }

    [Theory]
    [InlineData("[0]", "[]")]
    [InlineData("[2,0]", "[]")]
    [InlineData("[2,0]", "[[],[]]")]
    [InlineData("[2,0,3]", "[[],[]]")]
    [InlineData("[0,2]", "[]")]
    public void An_array_may_have_no_elements(string shape, string data)
    {
        using var real = JsonTrees.ReadArray("float32", shape, data);
        using var complex = JsonTrees.ReadArray("complex64", shape, data);
        Assert.Equal((0, 0), (real.Size, complex.Size));
    }

    [Theory]
    [InlineData("[]", "[[1,-2]]")]
    [InlineData("[]", "[1,-2]")]
    [InlineData("[1]", "[[1,-2]]")]
    [InlineData("[1,1]", "[[1,-2]]")]
    [InlineData("[1,1]", "[[[1,-2]]]")]
    public void Complex_numbers_are_pairs(string shape, string data)
    {
        using var single = JsonTrees.ReadArray("complex64", shape, data);
        using var wide = JsonTrees.ReadArray("complex128", shape, data);
        Assert.Equal([1f, -2f], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(single.Bytes));
        Assert.Equal([1d, -2d], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(wide.Bytes));
    }

    [Theory]
    [InlineData("[7]")]
    [InlineData("7")]
    public void A_scalar_is_bare_or_a_list_of_one(string data)
    {
        using var array = JsonTrees.ReadArray("uint8", "[]", data);
        Assert.Equal([(byte)7], array.Bytes);
    }

    [Fact]
    public void Integers_are_exact_to_64_bits()
    {
        using var array = JsonTrees.ReadArray(
            "int64",
            "[4]",
            "[9223372036854775807,-9223372036854775808,9223372036854775807.0,92233720368547758.07e2]"
        );
        Assert.Equal([long.MaxValue, long.MinValue, long.MaxValue, long.MaxValue], array.AsSpan<long>());
    }

    [Fact]
    public void Base64_holds_the_little_endian_bytes()
    {
        using var array = (NDArray)JsonTrees.Read("""{"dtype":"int16","shape":[3],"base64":"AQACAP\/\/"}""").Leaves[0];
        Assert.Equal([1, 2, -1], array.AsSpan<short>().ToArray());
    }

    [Fact]
    public void Outputs_may_leave_their_dtype_open()
    {
        var reader = new Utf8JsonReader("""{"a":{"shape":[3]},"b":{"shape":[],"dtype":"int32"}}"""u8);
        var tree = TreeJson.ReadOutputShapes(ref reader, "outputShapes", ReadLimits.Default);
        Assert.Equal([null, DType.Int32], tree.Leaves.Select(leaf => leaf.Dtype));
        Assert.Equal([3L], tree["a"].Leaves[0].Shape.ToArray());
    }

    [Fact]
    public void Shapes_are_read_back_from_their_own_text()
    {
        var tree = PyTree.Dict(
            [
                KeyValuePair.Create("dtype", PyTree.Leaf(new ShapeDtypeStruct(DType.Float16, 2, 3))),
                KeyValuePair.Create("shape", PyTree.Tuple(PyTree.Leaf(new ShapeDtypeStruct(DType.Bool)))),
            ]
        );
        var json = TreeJson.ToJson(tree);
        Assert.Equal(
            """{"$dtype":{"dtype":"float16","shape":[2,3]},"shape":{"$tuple":[{"dtype":"bool","shape":[]}]}}""",
            json
        );
        var again = TreeJson.ReadShapes(json);
        Assert.Equal(tree.Structure, again.Structure);
        Assert.Equal(tree.Leaves, again.Leaves);
    }

    [Fact]
    public void The_reader_is_left_on_the_last_token()
    {
        var reader = new Utf8JsonReader("""{"args":[{"data":[1],"dtype":"int8","shape":[1]}],"next":5}"""u8);
        reader.Read();
        reader.Read();
        JsonTrees.Dispose(TreeJson.Read(ref reader, "args", ReadLimits.Default));
        Assert.Equal(JsonTokenType.EndArray, reader.TokenType);
        Assert.True(reader.Read() && reader.ValueTextEquals("next"u8));
    }
}
