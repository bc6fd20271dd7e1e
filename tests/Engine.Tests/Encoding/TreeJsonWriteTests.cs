using System.Buffers;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Encoding;

public sealed class TreeJsonWriteTests
{
    [Fact]
    public void An_array_is_written_flat_nested_or_as_base64()
    {
        using var array = NDArray.FromArray([1f, -0f, 0.1f, float.NaN, float.PositiveInfinity, 1e-7f], 2, 3);
        Assert.Equal(
            """{"dtype":"float32","shape":[2,3],"data":[1,-0,0.1,"NaN","Infinity",1E-07]}""",
            JsonTrees.Write(array)
        );
        Assert.Equal(
            """{"dtype":"float32","shape":[2,3],"data":[[1,-0,0.1],["NaN","Infinity",1E-07]]}""",
            JsonTrees.Write(array, ArrayEncoding.Nested)
        );
        Assert.Equal(
            $$"""{"dtype":"float32","shape":[2,3],"base64":"{{Convert.ToBase64String(array.Bytes)}}"}""",
            JsonTrees.Write(array, ArrayEncoding.Base64)
        );
    }

    [Fact]
    public void Scalars_are_lists_of_one_but_bare_when_nested()
    {
        using var real = NDArray.FromArray([long.MinValue]);
        Assert.Equal("""{"dtype":"int64","shape":[],"data":[-9223372036854775808]}""", JsonTrees.Write(real));
        Assert.EndsWith(
            ":-9223372036854775808}",
            JsonTrees.Write(real, ArrayEncoding.Nested),
            StringComparison.Ordinal
        );
        using var complex = NDArray.FromArray([new System.Numerics.Complex(1, double.NegativeInfinity)]);
        Assert.EndsWith("[[1,\"-Infinity\"]]}", JsonTrees.Write(complex), StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_tuple_comes_out_as_a_tuple_and_keys_are_escaped()
    {
        using var array = NDArray.FromArray([true]);
        var structure = TreeDef.NamedTuple(
            "P",
            ["x", "y"],
            [TreeDef.Dict(["$a", "dtype"], [TreeDef.Leaf, TreeDef.None]), TreeDef.OrderedDict(["b"], [TreeDef.List()])]
        );
        var json = JsonTrees.Write(new PyTree<NDArray>(structure, array), ArrayEncoding.Json);
        Assert.Equal(
            """{"$tuple":[{"$$a":{"dtype":"bool","shape":[],"data":[true]},"dtype":null},{"b":[]}]}""",
            System.Text.Encoding.UTF8.GetString(json)
        );
    }

    [Fact]
    public void Writing_and_reading_many_elements_allocates_nothing_for_each()
    {
        using var array = NDArray.Allocate(DType.Float32, 100_000);
        for (var i = 0; i < 100_000; i++)
        {
            array.AsSpan<float>()[i] = MathF.Sin(i);
        }

        var text = new ArrayBufferWriter<byte>(4 << 20);
        var tree = PyTree.Leaf(array);
        Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);

        void Round()
        {
            text.ResetWrittenCount();
            using var writer = new Utf8JsonWriter(text);
            TreeJson.Write(writer, tree, ArrayEncoding.Json);
            writer.Flush();
            JsonTrees.Dispose(JsonTrees.Read(text.WrittenSpan));
        }
    }
}
