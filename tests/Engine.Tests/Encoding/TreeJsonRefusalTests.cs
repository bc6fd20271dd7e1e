using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Arrays;

namespace Torch2Jax.Tests.Encoding;

[Collection(nameof(ArrayMemoryCollection))]
public sealed class TreeJsonRefusalTests
{
    private const string Good = """{"dtype":"float32","shape":[2],"data":[1,2]}""";

    [Theory]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":[1,true]}]""", "args[0].data[1]")]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":[1,"nan"]}]""", "args[0].data[1]")]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":[1,1e39]}]""", "args[0].data[1]")]
    [InlineData("""[{"dtype":"float16","shape":[1],"data":[65520]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"float64","shape":[1],"data":[1e999]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"float32","shape":[2,2],"data":[[1,2],[3,null]]}]""", "args[0].data[1][1]")]
    [InlineData("""[{"dtype":"int8","shape":[1],"data":[128]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"int64","shape":[1],"data":[9223372036854775808]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"int64","shape":[1],"data":[1.5]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"int64","shape":[1],"data":[1e-30]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"uint8","shape":[1],"data":[-1]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"bool","shape":[1],"data":[1]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"complex64","shape":[2],"data":[1,2]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"complex64","shape":[1],"data":[[1,2,3]]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"complex64","shape":[1],"data":[[1]]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"float32","shape":[3],"data":[1,2]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[1],"data":[1,2]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[],"data":[]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[],"data":[1,2]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2,2],"data":[[1,2,3],[4]]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2,2],"data":[[1,2]]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2,2],"data":[[1,2],[3,4],[5,6]]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2,0],"data":[[]]}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":"AA=="}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":5}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":null}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[2],"data":{}}]""", "args[0].data")]
    [InlineData("""[{"dtype":"float32","shape":[-1],"data":[]}]""", "args[0].shape[0]")]
    [InlineData("""[{"dtype":"float32","shape":[1.5],"data":[]}]""", "args[0].shape[0]")]
    [InlineData("""[{"dtype":"float32","shape":[1,"2"],"data":[]}]""", "args[0].shape[1]")]
    [InlineData("""[{"dtype":"float33","shape":[1],"data":[1]}]""", "args[0].dtype")]
    [InlineData("""[{"dtype":"float32","shape":[1],"data":[1],"x":1}]""", "args[0]")]
    [InlineData("""[{"x":1,"dtype":"float32","shape":[1]}]""", "args[0]")]
    [InlineData("""[{"dtype":"float32","shape":[1],"data":[1],"data":[2]}]""", "args[0]")]
    [InlineData("""[{"dtype":"float32","shape":[1],"data":[1],"base64":"AAAAAA=="}]""", "args[0]")]
    [InlineData("""[{"dtype":"float32","shape":[1],"base64":"AAAAAAA="}]""", "args[0].base64")]
    [InlineData("""[{"dtype":"float32","shape":[1],"base64":"AAAA*A=="}]""", "args[0].base64")]
    [InlineData("""[{"dtype":"float32","shape":[1],"base64":"AAAAA==="}]""", "args[0].base64")]
    [InlineData("""[{"dtype":"float32","shape":[1],"base64":"AAAA  =="}]""", "args[0].base64")]
    [InlineData("""[{"dtype":"bool","shape":[1],"base64":"Ag=="}]""", "args[0].base64")]
    [InlineData("""{"p":{"a b":{"a":1,"a":2}}}""", "args.p['a b'].a")]
    [InlineData("""{"$tuple":[1],"a":2}""", "args.$tuple")]
    [InlineData("""{"a":2,"$tuple":[1]}""", "args.$tuple")]
    [InlineData("""{"$tuple":{"a":1}}""", "args.$tuple")]
    [InlineData("""{"$spec":["x"]}""", "args.$spec")]
    [InlineData("""["\u0000"]""", "args[0]")]
    [InlineData("""["\ud800"]""", "args[0]")]
    [InlineData("""{"\ud800":1}""", "args")]
    [InlineData("""[{"dtype":"float32","shape":[1],"data":["\ud800"]}]""", "args[0].data[0]")]
    [InlineData("""[{"dtype":"\ud800","shape":[1],"data":[1]}]""", "args[0].dtype")]
    [InlineData("""[{"dtype":"float32","shape":[1],"base64":"\ud800\ud800"}]""", "args[0].base64")]
    [InlineData("""[1e400]""", "args[0]")]
    public void What_does_not_fit_is_refused_with_its_place(string json, string path)
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        var error = JsonTrees.Refused(json);
        Assert.Equal((ErrorCode.MalformedRequest, path), (error.Code, error.Path));
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }

    [Theory]
    [InlineData("[NaN]")]
    [InlineData("[1,]")]
    [InlineData("[1")]
    [InlineData("")]
    [InlineData("{\"a\":}")]
    [InlineData("[" + Good + ",{\"dtype\":\"float32\",\"shape\":[9],\"data\":[1,2")]
    [InlineData("[" + Good + ",{\"data\":[1,2,Infinity],\"dtype\":\"float32\",\"shape\":[3]}]")]
    public void What_is_no_JSON_is_refused_and_leaves_no_array(string json)
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        Assert.Equal(ErrorCode.MalformedRequest, JsonTrees.Refused(json).Code);
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }

    [Fact]
    public void A_large_shape_over_few_numbers_takes_little_memory()
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        var allocated = ArrayMemory.CachedBytes;
        var error = JsonTrees.Refused("""[{"dtype":"float32","shape":[268435456],"data":[1,2,3,4]}]""");
        Assert.Equal("args[0].data", error.Path);
        Assert.Equal(before, ArrayMemory.RentedBlocks);
        Assert.InRange(ArrayMemory.CachedBytes, 0, allocated + (1 << 20));
    }

    [Theory]
    [InlineData("""[{"dtype":"float32","shape":[536870912],"data":[1]}]""")]
    [InlineData("""[{"dtype":"float32","shape":[1099511627776],"data":[1]}]""")]
    [InlineData("""[{"dtype":"float32","shape":[4611686018427387904,4],"data":[1]}]""")]
    [InlineData("""[{"dtype":"float32","shape":[9,9],"base64":"AAAA"}]""")]
    [InlineData("""[1,2,3,4,5]""")]
    [InlineData("""[[[[[[1]]]]]]""")]
    [InlineData("""[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]""")]
    public void What_is_over_a_limit_is_refused_before_memory_is_taken(string json)
    {
        var error = JsonTrees.Refused(json, new ReadLimits(300, 1000, 4, 5));
        Assert.Equal(ErrorCode.PayloadTooLarge, error.Code);
    }

    [Fact]
    public void The_sum_of_arrays_has_a_limit_too()
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        var error = JsonTrees.Refused($"[{Good},{Good},{Good}]", new ReadLimits(10, 20, 4, 5));
        Assert.Equal((ErrorCode.PayloadTooLarge, "args[2]"), (error.Code, error.Path));
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }

    [Theory]
    [InlineData("[", 2000)]
    [InlineData("{\"data\":", 2000)]
    [InlineData("{\"$tuple\":[", 200)]
    public void What_is_nested_too_deep_is_too_large(string opening, int times) =>
        Assert.Equal(
            ErrorCode.PayloadTooLarge,
            JsonTrees.Refused(string.Concat(Enumerable.Repeat(opening, times))).Code
        );

    [Fact]
    public void A_dtype_that_libtorch_lacks_is_named_as_such()
    {
        var error = JsonTrees.Refused("""[{"dtype":"uint16","shape":[1],"data":[1]}]""");
        Assert.Equal((ErrorCode.UnsupportedDtype, "args[0].dtype"), (error.Code, error.Path));
    }
}
