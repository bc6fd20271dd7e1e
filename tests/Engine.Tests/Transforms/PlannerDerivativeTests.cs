using Torch2Jax.Transforms;

namespace Torch2Jax.Tests.Transforms;

public sealed class PlannerDerivativeTests
{
    private const string Loss = "f(w: Tensor, x: Tensor, n: int) -> Tensor";
    private const string LossArgs = "(float32[3,2], float32[3], 4)";
    private const string Params = "f(p: Dict[str, Tensor], x: Tensor) -> Tensor";
    private const string ParamsArgs = "({'b': float32[2], 'i': int64[2], 'w': float32[3,2]}, float32[3])";

    [Theory]
    [InlineData("""["grad"]""", "G value=0 aux=0 leaves=0", "float32[3,2]")]
    [InlineData("""[{"grad":{"argnums":1}}]""", "G value=0 aux=0 leaves=1", "float32[3]")]
    [InlineData("""[{"grad":{"argnums":[0]}}]""", "G value=0 aux=0 leaves=0", "(float32[3,2],)")]
    [InlineData("""[{"grad":{"argnums":[1,0]}}]""", "G value=0 aux=0 leaves=1,0", "(float32[3], float32[3,2])")]
    [InlineData("""[{"grad":{"argnums":-2}}]""", "G value=0 aux=0 leaves=1", "float32[3]")]
    [InlineData("""[{"valueAndGrad":{}}]""", "G value=1 aux=0 leaves=0", "(float32[], float32[3,2])")]
    [InlineData("""[{"hessian":{"argnums":1}}]""", "R leaves=1; R leaves=1", "float32[3,3]")]
    [InlineData(
        """[{"hessian":{"argnums":[0,1]}}]""",
        "R leaves=0,1; R leaves=0,1",
        "((float32[3,2,3,2], float32[3,2,3]), (float32[3,3,2], float32[3,3]))"
    )]
    [InlineData("""["grad","grad"]""", "G value=0 aux=0 leaves=0; G value=0 aux=0 leaves=0", null)]
    [InlineData("""["hessian","jacrev"]""", "R leaves=0; R leaves=0; R leaves=0", "float32[3,2,3,2,3,2]")]
    public void Derivatives_of_a_scalar_become_lines_and_trees(string transforms, string code, string? outputs)
    {
        var planning = new Planning(Loss, LossArgs, transforms);
        Assert.Equal(code, planning.Code());
        if (outputs is not null)
        {
            Assert.Equal(outputs, planning.Outputs("float32[]"));
        }
    }

    [Theory]
    [InlineData("jacrev", 'R', "(float32[3,3,2], {'a': float32[3,2], 'k': None})")]
    [InlineData("jacfwd", 'W', "(float64[3,3,2], {'a': float32[3,2], 'k': None})")]
    public void A_jacobian_has_the_input_trees_in_the_output_tree(string name, char letter, string outputs)
    {
        var planning = new Planning(Loss, LossArgs, $"[\"{name}\"]");
        Assert.Equal($"{letter} leaves=0", planning.Code());
        Assert.Equal(outputs, planning.Outputs("(float64[3], {'a': float32[], 'k': int64[3]})"));
        Assert.Equal("(0, {'a': 1, 'k': None})", planning.Composed("(float64[3], {'a': float32[], 'k': int64[3]})"));
    }

    [Fact]
    public void Integer_leaves_of_a_tree_are_null_in_its_gradient()
    {
        var planning = new Planning(Params, ParamsArgs, """[{"grad":{"argnums":[0,1]}}]""");
        Assert.Equal("G value=0 aux=0 leaves=0,2,3", planning.Code());
        Assert.Equal("({'b': 0, 'i': None, 'w': 1}, 2)", planning.Composed("float32[]"));
    }

    [Fact]
    public void Aux_outputs_come_in_jaxs_order()
    {
        var args = "(float32[2], float32[3], 1)";
        var function = "(float32[], {'n': int64[2], 'y': float32[3]})";
        var grad = new Planning(Loss, args, """[{"grad":{"hasAux":true}}]""");
        Assert.Equal("G value=0 aux=1 leaves=0", grad.Code());
        Assert.Equal("(0, {'n': 1, 'y': 2})", grad.Composed(function));
        Assert.Equal("(float32[2], {'n': int64[2], 'y': float32[3]})", grad.Outputs(function));
        var both = new Planning(Loss, args, """[{"valueAndGrad":{"hasAux":true}}]""");
        Assert.Equal("((0, {'n': 1, 'y': 2}), 3)", both.Composed(function));
        Assert.Equal("((float32[], {'n': int64[2], 'y': float32[3]}), float32[2])", both.Outputs(function));
    }

    [Fact]
    public void Nondiff_arguments_are_named_once_before_all_lines()
    {
        var byNumber = new Planning(Params, ParamsArgs, """["grad","hessian"]""") { NondiffArgnums = "[-1]" };
        Assert.Equal("N leaves=3; G value=0 aux=0 leaves=0,2; R leaves=0,2; R leaves=0,2", byNumber.Code());
        var byMask = new Planning(Params, ParamsArgs, """["grad"]""")
        {
            NondiffMask = """[{"b":true,"i":false,"w":false},true]""",
        };
        Assert.Equal("N leaves=0,3; G value=0 aux=0 leaves=0,2", byMask.Code());
        var plain = new Planning(Params, ParamsArgs, """["vmap"]""") { NondiffArgnums = "[1]" };
        Assert.DoesNotContain("N ", new Planning(Params, ParamsArgs) { NondiffArgnums = "[1]" }.Code());
        Assert.Throws<Errors.EngineException>(plain.Code);
    }

    [Fact]
    public void A_plan_without_transforms_is_the_binding_alone()
    {
        var planning = new Planning(Loss, LossArgs);
        var plan = planning.Plan();
        Assert.Equal(plan.ArgumentsCode, plan.ProgramText);
        Assert.Equal("", plan.TransformsCode);
        Assert.Equal("float32[3, 2], float32[3]", plan.Query.ShapeKey);
        Assert.Equal("(float32[2], 0)", $"({planning.Outputs("float32[2]")}, {planning.Composed("float32[2]")})");
        Assert.Empty(planning.Asked);
    }

    [Fact]
    public void Programs_differ_in_their_text_where_they_differ()
    {
        string[] transforms =
        [
            "[]",
            """["grad"]""",
            """[{"grad":{"argnums":1}}]""",
            """["valueAndGrad"]""",
            """["jacrev"]""",
            """["jacfwd"]""",
            """["hessian"]""",
            """["grad","grad"]""",
        ];
        var texts = transforms.Select(text => new Planning(Loss, LossArgs, text).Plan().ProgramText).ToArray();
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.Equal(texts, transforms.Select(text => new Planning(Loss, LossArgs, text).Plan().ProgramText));
        Assert.NotEqual(texts[0], new Planning(Loss, "(float32[3,2], float32[3], 5)").Plan().ProgramText);
    }

    [Fact]
    public void A_hessian_of_mixed_trees_nests_twice()
    {
        var planning = new Planning(Params, ParamsArgs, """["hessian"]""");
        Assert.Equal(
            "{'b': {'b': float32[2,2], 'i': None, 'w': float32[2,3,2]}, 'i': None, "
                + "'w': {'b': float32[3,2,2], 'i': None, 'w': float32[3,2,3,2]}}",
            planning.Outputs("float32[]")
        );
    }
}
