using Torch2Jax.Errors;
using Torch2Jax.Sharding;
using Torch2Jax.Tests.Transforms;

namespace Torch2Jax.Tests.Sharding;

public sealed class ShardingPlanTests
{
    private const string Linear = "f(x: Tensor, w: Tensor) -> Tensor";
    private const string LinearArgs = "(float32[8,3], float32[3,2])";

    [Theory]
    [InlineData(
        """[["x"],[]]""",
        """["x"]""",
        "S mesh=4 devices=cpu:0,cpu:1,cpu:2,cpu:3 in=0| out=*0",
        "float32[2, 3], float32[3, 2]"
    )]
    [InlineData(
        """[["x",null],null]""",
        """{"$spec":["x",null]}""",
        "S mesh=4 devices=cpu:0,cpu:1,cpu:2,cpu:3 in=0| out=*0",
        "float32[2, 3], float32[3, 2]"
    )]
    public void A_sharded_call_becomes_a_line(string inSpecs, string outSpecs, string code, string seen)
    {
        var planning = Sharded(One(inSpecs, outSpecs));
        Assert.Equal(code, planning.Code());
        Assert.Equal(seen, planning.Plan().Query.ShapeKey);
        Assert.Equal("float32[8, 3], float32[3, 2]", planning.Plan().Function.ShapeKey);
        Assert.Equal("float32[8,2]", planning.Outputs("float32[2,2]"));
    }

    [Fact]
    public void Two_axes_divide_two_dimensions_or_one()
    {
        var both = Sharded(Two("""[["data"],[null,"model"]]""", """["data","model"]"""));
        Assert.Equal(
            "S mesh=4,2 devices=cpu:0,cpu:1,cpu:2,cpu:3,cpu:4,cpu:5,cpu:6,cpu:7 in=0|-/1 out=*0/1",
            both.Code()
        );
        Assert.Equal("float32[8,2]", both.Outputs("float32[2,1]"));
        var combined = Sharded(Two("""[[["model","data"]],[]]""", """[["model","data"]]"""));
        Assert.EndsWith("in=1+0| out=*1+0", combined.Code(), StringComparison.Ordinal);
        Assert.Equal("float32[1, 3], float32[3, 2]", combined.Plan().Query.ShapeKey);
    }

    [Fact]
    public void Out_specs_that_are_trees_are_broadcast_over_the_outputs()
    {
        var planning = Sharded(
            One("""[["x"],[]]""", """{"$tuple":[{"$spec":["x"]},{"t":{"$spec":[null,"x"]}}]}""")
        ) with
        {
            Function = "([float32[2,3], float32[2]], {'t': float32[3,2]})",
        };
        Assert.EndsWith("in=0| out=0|0|-/0", planning.Code(), StringComparison.Ordinal);
        Assert.Equal("([float32[8,3], float32[8]], {'t': float32[3,8]})", planning.Outputs(planning.Function));
    }

    [Fact]
    public void Devices_are_those_of_the_mesh()
    {
        var mesh = """{"axisNames":["x"],"shape":[2],"devices":["cpu:1","cuda:0"]}""";
        var planning = Sharded($$"""{"mesh":{{mesh}},"inSpecs":[["x"],[]],"outSpecs":["x"]}""");
        Assert.Contains("devices=cpu:1,cuda:0 ", planning.Code(), StringComparison.Ordinal);
    }

    [Fact]
    public void Replicated_inputs_run_on_the_full_arrays()
    {
        Assert.Equal("", Sharded(One("[[],[]]", "null")).Code());
        Assert.Equal("", Sharded(One("[null,[null]]", "[]")).Code());
        Assert.EndsWith("in=| out=*0", Sharded(One("[[],[]]", """["x"]""")).Code(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sharding_is_innermost()
    {
        var planning = Sharded(One("""[["x"],[]]""", """["x"]""")) with
        {
            Args = "((float32[5,8,3], float32[3,2]), float32[5,8,2])",
            Transforms = """["vjp",{"vmap":{"inAxes":[{"$tuple":[0,null]},0]}}]""",
            Function = "float32[2,2]",
        };
        Assert.Equal(
            "S mesh=4 devices=cpu:0,cpu:1,cpu:2,cpu:3 in=0| out=*0; V cotangents=1; B method=sequential size=5 in=0,-,0 out=0",
            planning.Code()
        );
        Assert.Equal("float32[2, 3], float32[3, 2]", planning.Plan().Query.ShapeKey);
        Assert.Equal("(float32[5,8,2], (float32[5,8,3], float32[5,3,2]))", planning.Outputs("float32[2,2]"));
    }

    [Fact]
    public void Static_and_keyword_arguments_have_no_specs()
    {
        var planning = new Planning("f(x: Tensor, n: int, y: Tensor) -> Tensor", "(float32[8], 3)")
        {
            Kwargs = "{'y': float32[2]}",
            Sharding = One("""[["x"],null]""", """["x"]"""),
        };
        Assert.EndsWith("in=0| out=*0", planning.Code(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """[["y"],[]]""",
        """["x"]""",
        "must refer to axes of the mesh Mesh('x': 4), but P('y',) refers to 'y'",
        "sharding.inSpecs[0]"
    )]
    [InlineData("""[["x","x"],[]]""", """["x"]""", "names the axis 'x' twice", "sharding.inSpecs[0]")]
    [InlineData("""[["x",null,null],[]]""", """["x"]""", "P('x', None, None) has length 3", "sharding.inSpecs[0]")]
    [InlineData(
        """[[null,"x"],[]]""",
        """["x"]""",
        "dimension 1 of size 3 does not divide by 4",
        "sharding.inSpecs[0]"
    )]
    [InlineData("""[["x"]]""", """["x"]""", "inSpecs has 1 entries, but the function was given 2", "sharding.inSpecs")]
    [InlineData("""[[{"$spec":["x"]}],[]]""", """["x"]""", "different types", "sharding.inSpecs[0]")]
    [InlineData(
        """[["x"],[]]""",
        "null",
        "inputs are sharded along mesh axes ['x'], but no outSpecs was given",
        "sharding.outSpecs"
    )]
    [InlineData(
        """[["x"],[]]""",
        "[]",
        "is P(), which implies that the corresponding output value is replicated across mesh axis 'x'",
        "sharding.outSpecs"
    )]
    [InlineData("""[["x"],[]]""", """["x","rows"]""", "P('x', 'rows') refers to 'rows'", "sharding.outSpecs")]
    [InlineData(
        """[["x"],[]]""",
        """["x",null,null]""",
        "has length 3, but output has shape (2, 2)",
        "sharding.outSpecs"
    )]
    [InlineData("""[["x"],[]]""", """{"a":{"$spec":["x"]}}""", "different types", "sharding.outSpecs")]
    public void A_sharding_that_does_not_fit_is_refused_before_anything_runs(
        string inSpecs,
        string outSpecs,
        string text,
        string path
    )
    {
        var planning = Sharded(One(inSpecs, outSpecs)) with { Function = "float32[2,2]" };
        var error = Assert.Throws<EngineException>(planning.Plan);
        Assert.Equal((ErrorCode.InvalidSharding, path), (error.Code, error.Path));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Global_output_shapes_must_divide()
    {
        var planning = Sharded(One("""[["x"],[]]""", """[null,"x"]""")) with { OutputShapes = "float32[8,3]" };
        var error = Assert.Throws<EngineException>(planning.Plan);
        Assert.Equal(ErrorCode.InvalidSharding, error.Code);
        Assert.StartsWith(
            "output of shape (8, 3) cannot be partitioned by P(None, 'x') over Mesh('x': 4)",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"axisNames":[],"shape":[]}""", "at least one axis")]
    [InlineData("""{"axisNames":["x"],"shape":[2,2]}""", "1 axis names and 2 sizes")]
    [InlineData("""{"axisNames":["x","x"],"shape":[2,2]}""", "Two axes of the mesh have the name 'x'")]
    [InlineData("""{"axisNames":[""],"shape":[2]}""", "needs a name")]
    [InlineData("""{"axisNames":["x"],"shape":[0]}""", "sizes are 1 or more")]
    [InlineData(
        """{"axisNames":["x","y"],"shape":[9223372036854775807,9223372036854775807]}""",
        "more than 4096 places"
    )]
    [InlineData("""{"axisNames":["x","y"],"shape":[2,2],"devices":["cpu","cpu"]}""", "4 places (2x2), but 2 devices")]
    public void A_mesh_that_is_none_is_refused(string mesh, string text)
    {
        var error = Assert.Throws<EngineException>(() => ShardingOf($$"""{"mesh":{{mesh}},"inSpecs":[]}"""));
        Assert.Equal(ErrorCode.InvalidSharding, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "sharding")]
    [InlineData("""{"inSpecs":[]}""", "sharding.mesh")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":[2]}}""", "sharding.inSpecs")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":["2"]},"inSpecs":[]}""", "sharding.mesh.shape")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":[2.5]},"inSpecs":[]}""", "sharding.mesh.shape")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":[2]},"inSpecs":[],"outSpec":[]}""", "sharding.outSpec")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":[2]},"inSpecs":["x"]}""", "sharding.inSpecs[0]")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":[2]},"inSpecs":[{"$spec":"x"}]}""", "sharding.inSpecs[0].$spec")]
    [InlineData("""{"mesh":{"axisNames":["x"],"shape":[2]},"inSpecs":[{"a":[3]}]}""", "sharding.inSpecs[0].a[0]")]
    public void What_cannot_be_read_is_named_with_its_place(string json, string path)
    {
        var error = Assert.Throws<EngineException>(() => ShardingOf(json));
        Assert.Equal((ErrorCode.MalformedRequest, path), (error.Code, error.Path));
    }

    private static ShardingSpec? ShardingOf(string json) => ShardingReader.Read(Planning.Json(json));

    private static Planning Sharded(string sharding) => new(Linear, LinearArgs) { Sharding = sharding };

    private static string One(string inSpecs, string outSpecs) =>
        $$"""{"mesh":{"axisNames":["x"],"shape":[4]},"inSpecs":{{inSpecs}},"outSpecs":{{outSpecs}}}""";

    private static string Two(string inSpecs, string outSpecs) =>
        $$"""{"mesh":{"axisNames":["data","model"],"shape":[4,2]},"inSpecs":{{inSpecs}},"outSpecs":{{outSpecs}}}""";
}
