using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Outputs that a vmap does not map: JAX gives them once where out_axes is None, and repeats them elsewhere.</summary>
[Collection(NativeCollection.Name)]
public sealed class UnbatchedOutputTests
{
    private const string Source = "def fn(x: Tensor) -> Tensor:\n    return torch.sin(x)\n";

    [Theory]
    [InlineData("sequential")]
    [InlineData("vectorized")]
    [InlineData("expand_dims")]
    [InlineData("broadcast_all")]
    public void A_primal_output_under_batched_cotangents_comes_once(string method)
    {
        using var function = NativeFixture.Backend.Compile(Source, null);
        using var x = NDArray.FromArray([0.5, 1], 2);
        using var cotangents = NDArray.FromArray([1.0, 0, 0, 1, 2, 2], 3, 2);
        var transforms = TransformReader.Read(
            Planning.Json("""["vjp",{"vmap":{"inAxes":[null,0],"outAxes":{"$tuple":[null,0]}}}]""")
        );
        var args = new[] { PyTree.Tuple(Leaf(x)), Leaf(cotangents) };
        var outputs = new TransformedCall(function, args, transforms) { Method = method }.Run();
        Assert.Equal("(float64[2], (float64[3,2],))", TreeNotation.Write(outputs.Map(array => array.Aval)));
        Assert.Equal([Math.Sin(0.5), Math.Sin(1)], outputs.Leaves[0].AsSpan<double>().ToArray());
        Assert.Equal(2 * Math.Cos(1), outputs.Leaves[1].AsSpan<double>()[5], 1e-12);
    }

    [Theory]
    [InlineData("""[{"vmap":{"inAxes":null,"axisSize":3}}]""", "float64[3,2]")]
    [InlineData("""[{"vmap":{"inAxes":null,"axisSize":3,"outAxes":-1}}]""", "float64[2,3]")]
    [InlineData("""[{"vmap":{"inAxes":null,"axisSize":3,"outAxes":null}}]""", "float64[2]")]
    [InlineData("""["jacrev",{"vmap":{"inAxes":null,"axisSize":3,"outAxes":1}}]""", "float64[2,3,2]")]
    [InlineData("""["jacrev",{"vmap":{"inAxes":null,"axisSize":3,"outAxes":null}}]""", "float64[2,2]")]
    [InlineData("""[{"vmap":{"inAxes":null,"axisSize":0}}]""", "float64[0,2]")]
    public void Where_nothing_is_mapped_the_size_is_given(string transforms, string outputs)
    {
        using var function = NativeFixture.Backend.Compile(Source, null);
        using var x = NDArray.FromArray([0.5, 1], 2);
        foreach (var method in VmapMethods.All)
        {
            var call = new TransformedCall(function, [Leaf(x)], TransformReader.Read(Planning.Json(transforms)))
            {
                Method = method,
            };
            Assert.Equal(outputs, TreeNotation.Write(call.Run().Map(array => array.Aval)));
        }
    }

    [Fact]
    public void A_batch_of_no_elements_has_the_shapes_of_its_elements()
    {
        using var function = NativeFixture.Backend.Compile(Source, null);
        using var x = NDArray.Allocate(DType.Float64, 0, 2);
        foreach (var method in VmapMethods.All)
        {
            var call = new TransformedCall(function, [Leaf(x)], new Vmap(), new Vmap(null, -1, PyTree.Leaf<int?>(1)))
            {
                Method = method,
            };
            Assert.Equal("float64[]", call.Plan().Query.ShapeKey);
            Assert.Equal("float64[0,2]", TreeNotation.Write(call.Run().Map(array => array.Aval)));
        }
    }

    [Fact]
    public void A_mapped_output_must_have_an_axis()
    {
        using var function = NativeFixture.Backend.Compile(Source, null);
        using var x = NDArray.FromArray([0.5, 1], 2);
        var error = Assert.Throws<EngineException>(
            new TransformedCall(
                function,
                [Leaf(x)],
                TransformReader.Read(Planning.Json("""[{"vmap":{"outAxes":null}}]"""))
            ).Run
        );
        Assert.Equal(
            (ErrorCode.InvalidTransform, "vmap has mapped output but out_axes is None"),
            (error.Code, error.Message)
        );
    }

    private static PyTree<IArgumentLeaf> Leaf(NDArray array) => PyTree.Leaf<IArgumentLeaf>(array);
}
