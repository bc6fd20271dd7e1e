using System.Collections;
using Torch2Jax.Errors;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Values;
using Torch2Jax.Transforms;

namespace Torch2Jax.PsModule.Tests.Values;

/// <summary>-Transform as scripts write it.</summary>
public sealed class TransformValuesTests
{
    [Theory]
    [InlineData("grad")]
    [InlineData("Grad")]
    [InlineData("GRAD")]
    public void A_name_alone_has_the_defaults_whatever_its_case(string name) =>
        Assert.Equal([new Grad()], TransformValues.Read([name])!);

    [Theory]
    [InlineData("valueAndGrad")]
    [InlineData("value_and_grad")]
    [InlineData("ValueAndGrad")]
    public void Python_spelling_is_understood(string name) =>
        Assert.Equal([new ValueAndGrad(Argnums.First)], TransformValues.Read([name])!);

    [Fact]
    public void Options_are_those_of_the_service()
    {
        var options = new Hashtable { ["Argnums"] = new object[] { 0, 1 }, ["hasaux"] = true };
        var read = TransformValues.Read([new Hashtable { ["grad"] = options }])!;
        Assert.Equal([new Grad(Argnums.Several(0, 1), true)], read);
    }

    [Fact]
    public void Axes_may_be_trees_whose_keys_stay_as_they_are()
    {
        var axes = new object?[]
        {
            new Hashtable { ["Method"] = 0, ["w"] = null },
            null,
        };
        var options = new Hashtable { ["inAxes"] = axes, ["axisSize"] = 3 };
        var read = (Vmap)TransformValues.Read([new Hashtable { ["vmap"] = options }])![0];
        Assert.Equal(["Method", "w"], read.InAxes![0].Structure.Keys.ToArray());
        Assert.Equal(3, read.AxisSize);
    }

    [Fact]
    public void Nothing_is_no_transform()
    {
        Assert.Null(TransformValues.Read(null));
        Assert.Null(TransformValues.Read([]));
    }

    [Fact]
    public void What_is_none_is_refused_with_the_names_that_there_are()
    {
        Assert.Contains("hessian", Assert.Throws<EngineException>(() => TransformValues.Read(["gradient"])).Message);
        Assert.Contains("hessian", Assert.Throws<ModuleException>(() => TransformValues.Read([DateTime.Now])).Action);
    }
}
