using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>Output shapes that are given, at registration or in a call.</summary>
public sealed class OutputShapesTests
{
    private const string Two = "def fn(x: Tensor) -> Tuple[Tensor, Tensor]:\n    return x + 1.0, torch.sum(x)\n";

    [Fact]
    public async Task Those_of_a_call_bind_it_and_name_its_result()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("two", Two);
        PyTree<OutputShapeLeaf> named = PyTree.Dict(
            new Dictionary<string, PyTree<OutputShapeLeaf>>
            {
                ["each"] = Output(DType.Float32, 2),
                ["total"] = Output(null),
            }
        );
        using InvocationResult result = function.Invoke(new Invocation([F32(1, 2)], OutputShapes: named));
        Assert.Equal("PyTreeDef({'each': *, 'total': *})", result.Outputs.Structure.ToString());
        Assert.Equal(3f, result.Outputs["total"].Floats().Single());

        // The names were that call's alone; the next one hits the cache and has the function's own tree.
        using InvocationResult plain = function.Call(F32(1, 2));
        Assert.Equal("PyTreeDef((*, *))", plain.Outputs.Structure.ToString());
        Assert.Equal(CacheOutcome.Hit, plain.Cache);
        using InvocationResult again = function.Invoke(new Invocation([F32(1, 2)], OutputShapes: named));
        Assert.Equal(CacheOutcome.Hit, again.Cache);
    }

    [Fact]
    public async Task Those_of_a_registration_bind_calls_of_the_examples_shapes_alone()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            new RegistrationRequest(
                "two",
                Two,
                ExampleArgs: [Shape(DType.Float32, 2)],
                OutputShapes: PyTree.List(Output(null, 2), Output(null))
            )
        );
        using InvocationResult bound = function.Call(F32(1, 2));
        Assert.Equal("PyTreeDef([*, *])", bound.Outputs.Structure.ToString());
        Assert.Empty(bound.Warnings);
        using InvocationResult free = function.Call(F32(1, 2, 3));
        Assert.Equal("PyTreeDef((*, *))", free.Outputs.Structure.ToString());
        Assert.Contains(
            "`output_shapes` was explicitly provided",
            Assert.Single(free.Warnings),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task They_describe_the_function_itself_beneath_transforms()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "square",
            "def fn(x: Tensor) -> Tensor:\n    return torch.sum(x * x)\n"
        );
        Invocation Grad(PyTree<OutputShapeLeaf> shapes) =>
            new([F32(1, 2)], Transforms: [new ValueAndGrad()], OutputShapes: shapes);
        using InvocationResult result = function.Invoke(Grad(Output(DType.Float32)));
        Assert.Equal([1f * 2, 2 * 2], result.Outputs.Leaves[1].AsSpan<float>().ToArray());
        EngineException dtype = Throws(
            ErrorCode.OutputShapeMismatch,
            () => function.Invoke(Grad(Output(DType.Float64)))
        );
        Assert.Contains("but Double[] was expected (check `output_shapes`)", dtype.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_tell_eval_shape_what_data_alone_could()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction nonzero = await fixture.Register("nonzero", Nonzero);
        var shapeOnly = new Invocation([Shape(DType.Float32, 3)]);
        Throws(ErrorCode.DataDependentShape, () => nonzero.EvalShape(shapeOnly));
        EvalShapeResult named = nonzero.EvalShape(shapeOnly with { OutputShapes = Output(DType.Int64, 2, 1) });
        Assert.Equal("int64[2, 1]", named.Outputs.Leaves[0].ToString());
        using InvocationResult result = nonzero.Invoke(
            new Invocation([F32(1, 0, 2)], OutputShapes: Output(DType.Int64, 2, 1))
        );
        Assert.Equal(CacheOutcome.Dynamic, result.Cache);
        Throws(
            ErrorCode.OutputShapeMismatch,
            () => nonzero.Invoke(new Invocation([F32(1, 1, 2)], OutputShapes: Output(DType.Int64, 2, 1)))
        );
    }

    [Theory]
    [InlineData("""{"shape":[2,3]}""", "[2, 3]")]
    [InlineData("""{"dtype":"int64","shape":[]}""", "int64[]")]
    [InlineData("""{"$tuple":[{"shape":[1]},null,[{"dtype":"bool","shape":[0]}]]}""", "[1], bool[0]")]
    [InlineData("""{"$dtype":{"shape":[1]},"$shape":{"shape":[2]},"$$x":{"shape":[3]}}""", "[3], [1], [2]")]
    [InlineData("""{"shape":{"shape":[4]}}""", "[4]")]
    public void Leaves_are_read_with_and_without_a_dtype(string json, string leaves)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json));
        PyTree<OutputShapeLeaf> tree = OutputShapesReader.Read(ref reader, "outputShapes")!;
        Assert.Equal(
            leaves,
            string.Join(", ", tree.Leaves.Select(leaf => $"{leaf.Dtype?.Name()}[{string.Join(", ", leaf.Shape)}]"))
        );
    }

    [Theory]
    [InlineData("3", ErrorCode.MalformedRequest, "outputShapes")]
    [InlineData("""[{"shape":[-1]}]""", ErrorCode.MalformedRequest, "outputShapes[0].shape")]
    [InlineData("""{"a":{"shape":[1.5]}}""", ErrorCode.MalformedRequest, "outputShapes.a.shape")]
    [InlineData("""{"dtype":"float31","shape":[1]}""", ErrorCode.MalformedRequest, "outputShapes.dtype")]
    [InlineData("""{"dtype":"uint16","shape":[1]}""", ErrorCode.UnsupportedDtype, "outputShapes.dtype")]
    [InlineData("""{"dtype":3,"shape":[1]}""", ErrorCode.MalformedRequest, "outputShapes.dtype")]
    [InlineData("""{"$tuple":[],"a":null}""", ErrorCode.MalformedRequest, "outputShapes")]
    [InlineData("""{"$foo":null}""", ErrorCode.MalformedRequest, "outputShapes")]
    public void What_is_no_tree_of_shapes_is_refused_at_its_place(string json, ErrorCode code, string path)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        EngineException error = Throws(code, () => OutputShapesReader.Read(document.RootElement, "outputShapes"));
        Assert.Equal(path, error.Path);
    }
}
