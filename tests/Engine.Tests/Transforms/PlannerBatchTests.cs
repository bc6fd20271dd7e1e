using Torch2Jax.Errors;

namespace Torch2Jax.Tests.Transforms;

public sealed class PlannerBatchTests
{
    private const string Two = "f(x: Tensor, y: Tensor, n: int) -> Tensor";
    private const string TwoArgs = "(float32[4,3], float32[4,3], 7)";

    [Theory]
    [InlineData("""["vmap"]""", "in=0,0 out=0", "float32[3], float32[3]", "float32[4,3]")]
    [InlineData("""[{"vmap":{"inAxes":1}}]""", "in=1,1 out=0", "float32[4], float32[4]", "float32[3,3]")]
    [InlineData("""[{"vmap":{"inAxes":[0,null,null]}}]""", "in=0,- out=0", "float32[3], float32[4, 3]", "float32[4,3]")]
    [InlineData(
        """[{"vmap":{"inAxes":[-2,0,null],"outAxes":-1}}]""",
        "in=0,0 out=-1",
        "float32[3], float32[3]",
        "float32[3,4]"
    )]
    public void A_vmap_takes_the_axes_off_its_arguments(string transforms, string axes, string seen, string outputs)
    {
        var planning = new Planning(Two, TwoArgs, transforms);
        var size = outputs is "float32[3,3]" ? 3 : 4;
        Assert.Equal($"B method=sequential size={size} {axes}", planning.Code());
        Assert.Equal(seen, planning.Plan().Query.ShapeKey);
        Assert.Equal(seen, planning.Plan().Function.ShapeKey);
        Assert.Equal(outputs, planning.Outputs("float32[3]"));
        Assert.Empty(planning.Asked);
    }

    [Fact]
    public void The_functions_own_method_is_the_default()
    {
        var planning = new Planning(Two, TwoArgs, """["vmap"]""") { VmapMethod = "vectorized" };
        Assert.Equal("B method=vectorized size=4 in=0,0 out=0", planning.Code());
        var given = new Planning(Two, TwoArgs, """[{"vmap":{"method":"expand_dims"}}]""") { VmapMethod = "vectorized" };
        Assert.Equal("B method=expand_dims size=4 in=0,0 out=0", given.Code());
    }

    [Fact]
    public void Axes_are_prefix_trees_of_the_arguments()
    {
        var planning = new Planning(
            "f(p: Dict[str, Tensor], t: Tuple[Tensor, Tensor]) -> Tensor",
            "({'a': float32[4,3], 'b': float32[3]}, (float32[5,4], float32[5]))",
            """[{"vmap":{"inAxes":[{"a":0,"b":null},{"$tuple":[1,null]}]}}]"""
        );
        Assert.Equal("B method=sequential size=4 in=0,-,1,- out=0", planning.Code());
    }

    [Fact]
    public void Keyword_leaves_are_mapped_over_their_first_axis()
    {
        var planning = new Planning(
            "f(x: Tensor, y: Tensor) -> Tensor",
            "(float32[3,4])",
            """[{"vmap":{"inAxes":[1]}}]"""
        )
        {
            Kwargs = "{'y': float32[4,2]}",
        };
        Assert.Equal("B method=sequential size=4 in=1,0 out=0", planning.Code());
    }

    [Fact]
    public void Nested_vmaps_are_peeled_from_the_outermost()
    {
        var planning = new Planning(
            "f(x: Tensor, i: Tensor) -> Tensor",
            "(float32[3,3,5], int64[2,3,3,2])",
            """[{"vmap":{"inAxes":[0,0]}},{"vmap":{"inAxes":[null,0]}}]"""
        );
        Assert.Equal(
            "B method=sequential size=3 in=0,0 out=0; B method=sequential size=2 in=-,0 out=0",
            planning.Code()
        );
        Assert.Equal("float32[3, 5], int64[3, 2]", planning.Plan().Query.ShapeKey);
        Assert.Equal("float32[2,3,3,2]", planning.Outputs("float32[3,2]"));
    }

    [Fact]
    public void Out_axes_that_are_trees_are_broadcast_over_the_outputs()
    {
        var planning = new Planning(Two, TwoArgs, """[{"vmap":{"outAxes":{"$tuple":[1,{"a":-1,"b":0}]}}}]""")
        {
            Function = "([float32[3], float32[2,2]], {'a': float32[], 'b': int64[3]})",
        };
        Assert.Equal("B method=sequential size=4 in=0,0 out=1,1,-1,0", planning.Code());
        Assert.Single(planning.Asked);
        Assert.Equal(
            "([float32[3,4], float32[2,4,2]], {'a': float32[4], 'b': int64[4,3]})",
            planning.Outputs(planning.Function)
        );
    }

    [Fact]
    public void Out_axes_that_are_trees_need_to_know_the_outputs()
    {
        var error = Assert.Throws<EngineException>(
            new Planning(Two, TwoArgs, """[{"vmap":{"outAxes":{"$tuple":[1,0]}}}]""").Plan
        );
        Assert.Equal(ErrorCode.DataDependentShape, error.Code);
    }

    [Fact]
    public void A_vmap_of_a_grad_gives_gradients_of_each_element()
    {
        var planning = new Planning(
            Two,
            "(float32[4,3], float32[3], 7)",
            """[{"grad":{"argnums":[0,1]}},{"vmap":{"inAxes":[0,null,null]}}]"""
        );
        Assert.Equal("G value=0 aux=0 leaves=0,1; B method=sequential size=4 in=0,- out=0", planning.Code());
        Assert.Equal("(float32[4,3], float32[4,3])", planning.Outputs("float32[]"));
    }

    [Fact]
    public void An_output_that_no_mapped_input_reaches_may_stay_without_an_axis()
    {
        var planning = new Planning(
            "f(x: Tensor) -> Tensor",
            "((float32[3],), float32[5])",
            """["vjp",{"vmap":{"inAxes":[null,0],"outAxes":{"$tuple":[null,0]}}}]"""
        )
        {
            Function = "float32[]",
        };
        Assert.Equal("V cotangents=1; B method=sequential size=5 in=-,0 out=-,0", planning.Code());
        Assert.Equal("(float32[], (float32[5,3],))", planning.Outputs("float32[]"));
    }

    [Fact]
    public void Nothing_mapped_with_an_axis_size_repeats_or_keeps_the_outputs()
    {
        var repeated = new Planning(Two, TwoArgs, """[{"vmap":{"inAxes":null,"axisSize":6}}]""");
        Assert.Equal("B method=sequential size=6 in=-,- out=0", repeated.Code());
        Assert.Equal("float32[6]", repeated.Outputs("float32[]"));
        var kept = new Planning(Two, TwoArgs, """[{"vmap":{"inAxes":null,"axisSize":6,"outAxes":null}}]""");
        Assert.Equal("B method=sequential size=6 in=-,- out=-", kept.Code());
        Assert.Equal("float32[]", kept.Outputs("float32[]"));
    }

    [Theory]
    [InlineData("""[{"vmap":{"outAxes":null}}]""", "vmap has mapped output but out_axes is None")]
    [InlineData("""[{"vmap":{"outAxes":3}}]""", "vmap out_axes is 3 for output, which has 2 axes")]
    [InlineData("""[{"vmap":{"outAxes":-3}}]""", "vmap out_axes is -3 for output, which has 2 axes")]
    [InlineData("""[{"vmap":{"outAxes":[0]}}]""", "vmap out_axes specification must be a tree prefix")]
    [InlineData(
        """[{"vmap":{"inAxes":null}}]""",
        "vmap must have at least one non-None value in in_axes or axis_size must be specified"
    )]
    [InlineData(
        """[{"vmap":{"inAxes":2}}]""",
        "vmap was requested to map its argument along axis 2, which implies that its rank should be at least 3, but is only 2 (its shape is (4, 3))"
    )]
    [InlineData(
        """[{"vmap":{"inAxes":-3}}]""",
        "vmap was requested to map its argument along axis -3, which implies that its rank should be at least 3, but is only 2 (its shape is (4, 3))"
    )]
    [InlineData(
        """[{"vmap":{"inAxes":[0,0]}}]""",
        "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the function, but got len(in_axes)=2, len(args)=3"
    )]
    [InlineData(
        """[{"vmap":{"inAxes":[[0],0,null]}}]""",
        "vmap in_axes specification must be a tree prefix of the corresponding value"
    )]
    [InlineData(
        """[{"vmap":{"axisSize":5}}]""",
        "vmap got inconsistent sizes for array axes to be mapped:\n  * axis_size is 5;\n  * most axes (2 of them) had size 4, e.g. axis 0 of argument x of type float32[4,3]"
    )]
    [InlineData(
        """[{"vmap":{"inAxes":[0,1,null]}}]""",
        "vmap got inconsistent sizes for array axes to be mapped:\n  * one axis had size 4: axis 0 of argument x of type float32[4,3];\n  * one axis had size 3: axis 1 of argument y of type float32[4,3]"
    )]
    public void Misuse_of_vmap_is_said_in_jaxs_words(string transforms, string text)
    {
        var planning = new Planning(Two, TwoArgs, transforms) { Function = "float32[3]" };
        var error = Assert.Throws<EngineException>(() => planning.Outputs("float32[3]"));
        Assert.Equal(ErrorCode.InvalidTransform, error.Code);
        Assert.StartsWith(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_inside_a_tangent_are_named_by_their_place()
    {
        var planning = new Planning(
            "f(x: Tensor) -> Tensor",
            "((float32[4,3],), (float32[5,3],))",
            """["jvp","vmap"]"""
        );
        var error = Assert.Throws<EngineException>(planning.Plan);
        Assert.Equal(
            "vmap got inconsistent sizes for array axes to be mapped:\n"
                + "  * one axis had size 4: axis 0 of args[0][0] of type float32[4,3];\n"
                + "  * one axis had size 5: axis 0 of args[1][0] of type float32[5,3]",
            error.Message
        );
    }
}
