using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Transforms;

namespace Torch2Jax.Tests.Transforms;

public sealed class TransformReaderTests
{
    [Fact]
    public void Every_transform_reads_with_its_defaults_by_name_or_as_an_object()
    {
        string[] names = ["grad", "valueAndGrad", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "vmap"];
        var short_ = Read($"[\"{string.Join("\",\"", names)}\"]");
        var long_ = Read($"[{string.Join(',', names.Select(name => $"{{\"{name}\":{{}}}}"))}]");
        Assert.Equal(names, short_.Select(transform => transform.Name));
        Assert.Equal(names, long_.Select(transform => transform.Name));
        Assert.Equal(new Grad(Argnums.Single(0)), short_[0]);
        Assert.Equal(new Hessian(Argnums.Single(0)), long_[6]);
        Assert.Equal(0, Assert.IsType<Vmap>(short_[7]).InAxis);
    }

    [Fact]
    public void Options_are_read()
    {
        Assert.Equal(
            new Grad(Argnums.Several(0, -1), true),
            Read("""[{"grad":{"argnums":[0,-1],"hasAux":true}}]""")[0]
        );
        var vmap = Assert.IsType<Vmap>(
            Read(
                """[{"vmap":{"inAxes":[0,null,{"w":1,"$$t":null}],"outAxes":{"$tuple":[0,-1]},"axisSize":3,"method":"vectorized"}}]"""
            )[0]
        );
        Assert.Equal("PyTreeDef({'$t': *, 'w': *})", $"{vmap.InAxes![2].Structure}");
        Assert.Equal([null, 1], vmap.InAxes[2].Leaves);
        Assert.Equal("PyTreeDef((*, *))", $"{vmap.OutAxes.Structure}");
        Assert.Equal((3L, "vectorized"), (vmap.AxisSize!.Value, vmap.Method));
        Assert.Null(Assert.IsType<Vmap>(Read("""[{"vmap":{"inAxes":null}}]""")[0]).InAxis);
        Assert.Empty(Read("null"));
    }

    [Theory]
    [InlineData("{}", ErrorCode.MalformedRequest, "transforms")]
    [InlineData("[3]", ErrorCode.MalformedRequest, "transforms[0]")]
    [InlineData("[{}]", ErrorCode.MalformedRequest, "transforms[0]")]
    [InlineData("""[{"grad":{},"vjp":{}}]""", ErrorCode.MalformedRequest, "transforms[0]")]
    [InlineData("""["vmap","gradient"]""", ErrorCode.InvalidTransform, "transforms[1]")]
    [InlineData("""[{"grad":3}]""", ErrorCode.MalformedRequest, "transforms[0].grad")]
    [InlineData("""[{"grad":{"argnum":0}}]""", ErrorCode.InvalidTransform, "transforms[0].grad.argnum")]
    [InlineData("""[{"grad":{"argnums":"x"}}]""", ErrorCode.MalformedRequest, "transforms[0].grad.argnums")]
    [InlineData("""[{"grad":{"argnums":1.5}}]""", ErrorCode.MalformedRequest, "transforms[0].grad.argnums")]
    [InlineData("""[{"grad":{"argnums":[0,null]}}]""", ErrorCode.MalformedRequest, "transforms[0].grad.argnums[1]")]
    [InlineData("""[{"grad":{"argnums":[]}}]""", ErrorCode.InvalidTransform, "transforms[0].grad.argnums")]
    [InlineData("""[{"grad":{"hasAux":1}}]""", ErrorCode.MalformedRequest, "transforms[0].grad.hasAux")]
    [InlineData("""[{"vjp":{"argnums":0}}]""", ErrorCode.InvalidTransform, "transforms[0].vjp.argnums")]
    [InlineData("""[{"vmap":{"inAxes":true}}]""", ErrorCode.MalformedRequest, "transforms[0].vmap.inAxes")]
    [InlineData("""[{"vmap":{"inAxes":[0,"x"]}}]""", ErrorCode.MalformedRequest, "transforms[0].vmap.inAxes[1]")]
    [InlineData("""[{"vmap":{"outAxes":[0,false]}}]""", ErrorCode.MalformedRequest, "transforms[0].vmap.outAxes[1]")]
    [InlineData("""[{"vmap":{"axisSize":-1}}]""", ErrorCode.InvalidTransform, "transforms[0].vmap.axisSize")]
    [InlineData("""[{"vmap":{"axisSize":"3"}}]""", ErrorCode.MalformedRequest, "transforms[0].vmap.axisSize")]
    [InlineData("""[{"vmap":{"method":"wrong"}}]""", ErrorCode.InvalidTransform, "transforms[0].vmap.method")]
    [InlineData("""[{"vmap":{"method":3}}]""", ErrorCode.MalformedRequest, "transforms[0].vmap.method")]
    [InlineData("[{\"vmap\":{\"inAxes\":[{\"\\ud800\":0}]}}]", ErrorCode.MalformedRequest, "transforms")]
    public void What_is_wrong_is_named_with_its_place(string json, ErrorCode code, string path)
    {
        var error = Assert.Throws<EngineException>(() => Read(json));
        Assert.Equal((code, path), (error.Code, error.Path));
    }

    [Fact]
    public void There_is_a_limit_to_nesting()
    {
        var error = Assert.Throws<EngineException>(() =>
            Read($"[{string.Join(',', Enumerable.Repeat("\"grad\"", 17))}]")
        );
        Assert.Equal(ErrorCode.InvalidTransform, error.Code);
    }

    [Fact]
    public void A_wrong_method_is_refused_in_jaxs_words()
    {
        var error = Assert.Throws<EngineException>(() => VmapMethods.Require("wrong"));
        Assert.Equal(
            "vmap_method must be on of the allowed methods ['sequential', 'expand_dims', 'broadcast_all', 'vectorized'], but got: wrong",
            error.Message
        );
    }

    private static IReadOnlyList<Transform> Read(string json) =>
        TransformReader.Read(JsonDocument.Parse(json).RootElement);
}
