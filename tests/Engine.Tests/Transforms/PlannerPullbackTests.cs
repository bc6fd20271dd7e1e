using Torch2Jax.Errors;

namespace Torch2Jax.Tests.Transforms;

public sealed class PlannerPullbackTests
{
    private const string Pair = "f(x: Tensor, n: int, p: Dict[str, Tensor]) -> Tuple[Tensor, Tensor]";
    private const string Primals = "(float32[3], 2, {'a': float64[2], 'i': int32[2]})";

    [Fact]
    public void A_vjp_adds_one_input_for_each_cotangent_that_is_not_null()
    {
        var planning = new Planning(Pair, $"({Primals}, (float32[3], None))", """["vjp"]""");
        Assert.Equal("V cotangents=1", planning.Code());
        var plan = planning.Plan();
        Assert.Equal(4, plan.Leaves.Count);
        Assert.Equal("float32[3], float64[2], int32[2]", plan.Function.ShapeKey);
        Assert.Equal("((0, 1), (2, None, {'a': 3, 'i': None}))", planning.Composed("(float32[3], int64[3])"));
        Assert.Equal(
            "((float32[3], int64[3]), (float32[3], None, {'a': float64[2], 'i': None}))",
            planning.Outputs("(float32[3], int64[3])")
        );
    }

    [Fact]
    public void A_jvp_adds_one_input_for_each_tangent_that_is_not_null()
    {
        var planning = new Planning(
            Pair,
            $"({Primals}, (float32[3], None, {{'a': float64[2], 'i': None}}))",
            """["jvp"]"""
        );
        Assert.Equal("J tangents=2", planning.Code());
        Assert.Equal("((0, 1), (2, None))", planning.Composed("(float32[3], int64[3])"));
        Assert.Empty(planning.Asked);
    }

    [Fact]
    public void Keyword_arguments_are_no_part_of_a_derivative()
    {
        var planning = new Planning("f(x: Tensor, y: Tensor) -> Tensor", "((float32[3],), float32[])", """["vjp"]""")
        {
            Kwargs = "{'y': float32[2]}",
        };
        Assert.Equal("V cotangents=1 leaves=0", planning.Code());
        Assert.Equal("(0, (1,))", planning.Composed("float32[]"));
    }

    [Fact]
    public void A_vjp_of_a_vjp_differentiates_the_cotangents_too()
    {
        var inner = "((float32[3],), float32[])";
        var planning = new Planning(
            "f(x: Tensor) -> Tensor",
            $"({inner}, (float32[], (float32[3],)))",
            """["vjp","vjp"]"""
        );
        Assert.Equal("V cotangents=1; V cotangents=2", planning.Code());
        Assert.Equal("((0, (1,)), ((2,), 3))", planning.Composed("float32[]"));
        Assert.Equal("((float32[], (float32[3],)), ((float32[3],), float32[]))", planning.Outputs("float32[]"));
    }

    [Fact]
    public void A_jvp_of_a_grad_is_a_product_with_the_hessian()
    {
        var planning = new Planning("f(x: Tensor) -> Tensor", "((float32[3],), (float32[3],))", """["grad","jvp"]""");
        Assert.Equal("G value=0 aux=0 leaves=0; J tangents=1", planning.Code());
        Assert.Equal("(float32[3], float32[3])", planning.Outputs("float32[]"));
    }

    [Fact]
    public void A_derivative_around_a_vjp_counts_its_arguments()
    {
        var args = "((float32[3],), float32[])";
        var planning = new Planning("f(x: Tensor) -> Tensor", args, """["vjp",{"jacrev":{"argnums":1}}]""");
        Assert.Equal("V cotangents=1; R leaves=1", planning.Code());
        Assert.Equal("(float32[], (float32[3],))", planning.Outputs("float32[]"));
    }

    [Fact]
    public void Where_the_outputs_are_not_known_the_cotangents_are_checked_after_the_run()
    {
        var planning = new Planning(Pair, $"({Primals}, float32[3])", """["vjp"]""");
        Assert.Equal("V cotangents=1", planning.Code());
        var error = Assert.Throws<EngineException>(() => planning.Composed("(float32[3], int64[3])"));
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Contains("expected PyTreeDef((*, None))", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float64[3]", "float32[3]", ErrorCode.InvalidTransform, "args[1]")]
    [InlineData("float32[4]", "float32[3]", ErrorCode.InvalidTransform, "args[1]")]
    [InlineData("(float32[3],)", "float32[3]", ErrorCode.StructureMismatch, "args[1]")]
    [InlineData("float32[3]", "int64[3]", ErrorCode.StructureMismatch, "args[1]")]
    [InlineData("1.0", "float32[]", ErrorCode.StructureMismatch, "args[1]")]
    [InlineData(
        "{'a': float32[3], 'b': float16[]}",
        "{'a': float32[3], 'b': float32[]}",
        ErrorCode.InvalidTransform,
        "args[1]['b']"
    )]
    public void A_cotangent_must_be_that_of_its_output(string cotangents, string function, ErrorCode code, string path)
    {
        var planning = new Planning("f(x: Tensor) -> Tensor", $"((float32[3],), {cotangents})", """["vjp"]""")
        {
            Function = function,
        };
        var error = Assert.Throws<EngineException>(planning.Plan);
        Assert.Equal((code, path), (error.Code, error.Path));
    }

    [Fact]
    public void A_cotangent_of_another_dtype_is_refused_in_jaxs_words()
    {
        var planning = new Planning(
            "f(x: Tensor, y: Tensor) -> Tensor",
            "((float32[3], float32[3]), float64[3])",
            """["vjp"]"""
        )
        {
            Function = "float32[3]",
        };
        Assert.Equal(
            "unexpected JAX type (e.g. shape/dtype) for argument to VJP function: got float64[3], but expected float32[3] "
                + "because the corresponding output of the differentiated function had JAX type float32[3]",
            Assert.Throws<EngineException>(planning.Plan).Message
        );
    }

    [Theory]
    [InlineData(
        "(float64[3], None, {'a': float64[2], 'i': None})",
        ErrorCode.InvalidTransform,
        "args[1][0]",
        "dtype float32"
    )]
    [InlineData(
        "(float32[3], None, {'a': float64[3], 'i': None})",
        ErrorCode.InvalidTransform,
        "args[1][2]['a']",
        "(2,)"
    )]
    [InlineData(
        "(float32[3], None, {'a': float64[2], 'i': int32[2]})",
        ErrorCode.StructureMismatch,
        "args[1]",
        "'i': None"
    )]
    [InlineData("(float32[3], 2, {'a': float64[2], 'i': None})", ErrorCode.StructureMismatch, "args[1]", "None")]
    [InlineData("(float32[3], None)", ErrorCode.StructureMismatch, "args[1]", "same tree structure")]
    [InlineData("float32[3]", ErrorCode.StructureMismatch, "args[1]", "as a tuple")]
    public void A_tangent_must_be_that_of_its_leaf(string tangents, ErrorCode code, string path, string text)
    {
        var error = Assert.Throws<EngineException>(new Planning(Pair, $"({Primals}, {tangents})", """["jvp"]""").Plan);
        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(float32[3])", "vjp takes two arguments")]
    [InlineData("(float32[3], float32[3])", "as a tuple")]
    public void A_vjp_takes_primals_and_cotangents(string args, string text)
    {
        var error = Assert.Throws<EngineException>(new Planning("f(x: Tensor) -> Tensor", args, """["vjp"]""").Plan);
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }
}
