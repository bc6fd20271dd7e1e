using Torch2Jax.Errors;

namespace Torch2Jax.Tests.Transforms;

public sealed class PlannerErrorTests
{
    private const string Mixed = "f(x: Tensor, i: Tensor, n: int, c: Tensor, o: Optional[Tensor]) -> Tensor";
    private const string MixedArgs = "(float32[3], int64[3], 2, complex64[3], None)";

    [Theory]
    [InlineData(
        """[{"grad":{"argnums":1}}]""",
        "grad requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but argument i holds int64[3] alone"
    )]
    [InlineData("""[{"grad":{"argnums":2}}]""", "argument n is a static value")]
    [InlineData("""[{"grad":{"argnums":-3}}]""", "argument n is a static value")]
    [InlineData("""[{"grad":{"argnums":[0,4]}}]""", "argument o holds no array")]
    [InlineData("""[{"hessian":{"argnums":1}}]""", "hessian requires real-valued inputs")]
    [InlineData(
        """[{"grad":{"argnums":3}}]""",
        "grad requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but got complex64"
    )]
    [InlineData("""[{"jacfwd":{"argnums":3}}]""", "use jax.jvp directly")]
    public void What_cannot_be_differentiated_is_named(string transforms, string text)
    {
        var error = Assert.Throws<EngineException>(new Planning(Mixed, MixedArgs, transforms).Plan);
        Assert.Equal(ErrorCode.NotDifferentiable, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".argnums", error.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"grad":{"argnums":5}}]""", "positions are -5 to 4")]
    [InlineData("""[{"grad":{"argnums":-6}}]""", "positions are -5 to 4")]
    [InlineData("""[{"grad":{"argnums":[0,-5]}}]""", "names an argument twice")]
    public void Argnums_that_name_no_argument_are_refused(string transforms, string text)
    {
        var error = Assert.Throws<EngineException>(new Planning(Mixed, MixedArgs, transforms).Plan);
        Assert.Equal((ErrorCode.InvalidTransform, "transforms[0].grad.argnums"), (error.Code, error.Path));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float32[3]", "Gradient only defined for scalar-output functions. Output had shape: (3,).")]
    [InlineData("float32[3,2]", "Gradient only defined for scalar-output functions. Output had shape: (3, 2).")]
    [InlineData("(float32[],)", "Gradient only defined for scalar-output functions. Output was: PyTreeDef((*,)).")]
    [InlineData("complex64[]", "grad requires real-valued outputs")]
    [InlineData("int64[]", "grad requires real-valued outputs")]
    public void Only_a_real_scalar_has_a_gradient(string function, string text)
    {
        var planning = new Planning(Mixed, MixedArgs, """["grad"]""");
        var error = Assert.Throws<EngineException>(() => planning.Outputs(function));
        Assert.Equal(ErrorCode.NotDifferentiable, error.Code);
        Assert.StartsWith(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["jacrev"]""", "complex64[3]", "jacrev requires real-valued outputs")]
    [InlineData("""["jacrev"]""", "int64[3]", "jacrev requires real-valued outputs")]
    [InlineData("""["jacfwd"]""", "(bool[3], int64[])", "jacfwd requires real-valued outputs")]
    public void A_jacobian_needs_an_output_that_has_one(string transforms, string function, string text)
    {
        var error = Assert.Throws<EngineException>(() => new Planning(Mixed, MixedArgs, transforms).Outputs(function));
        Assert.Equal(ErrorCode.NotDifferentiable, error.Code);
        Assert.StartsWith(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_real_function_with_complex_outputs_has_a_forward_jacobian()
    {
        Assert.Equal("complex64[4,3]", new Planning(Mixed, MixedArgs, """["jacfwd"]""").Outputs("complex64[4]"));
    }

    [Fact]
    public void Aux_needs_a_pair()
    {
        var planning = new Planning(Mixed, MixedArgs, """[{"grad":{"hasAux":true}}]""");
        var error = Assert.Throws<EngineException>(() => planning.Outputs("float32[]"));
        Assert.Equal(ErrorCode.InvalidTransform, error.Code);
        Assert.Contains("two-element tuple", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[true]""")]
    [InlineData("""[{"a":true},false,false,false,false]""")]
    public void A_mask_that_does_not_fit_is_refused(string mask)
    {
        var planning = new Planning(Mixed, MixedArgs, """["grad"]""") { NondiffMask = mask };
        Assert.Equal(ErrorCode.InvalidTransform, Assert.Throws<EngineException>(planning.Plan).Code);
    }
}
