using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>What registration accepts, finds out and stores.</summary>
public sealed class RegistrationTests
{
    private const string Cholesky =
        "def fn(x: Tensor) -> Tensor:\n    return torch.linalg_cholesky(x) if bool(x.sum() == x.sum()) else x\n";

    [Fact]
    public async Task Same_content_is_the_same_version_and_other_content_a_new_one()
    {
        await using var fixture = new ServiceFixture();
        Registration first = await fixture.Service.RegisterAsync(new RegistrationRequest("add", Add));
        Registration again = await fixture.Service.RegisterAsync(new RegistrationRequest("add", Add, Entry: "fn"));
        Registration other = await fixture.Service.RegisterAsync(
            new RegistrationRequest("add", Add, VmapMethod: "vectorized")
        );
        Assert.Equal((true, 1), (first.Created, first.Version.Version));
        Assert.Equal((false, 1), (again.Created, again.Version.Version));
        Assert.Equal((true, 2), (other.Created, other.Version.Version));
        Assert.Equal(2, (await fixture.Service.GetAsync("add")).Version.Version);
        Assert.Equal(1, (await fixture.Service.GetAsync("add@1")).Version.Version);
        Assert.Equal([1, 2], (await fixture.Service.VersionsAsync("add")).Select(v => v.Version));
    }

    [Fact]
    public async Task An_example_gives_the_structure_the_shape_key_and_the_output_shapes()
    {
        await using var fixture = new ServiceFixture();
        Registration registration = await fixture.Service.RegisterAsync(
            new RegistrationRequest(
                "add",
                Add,
                ExampleArgs: [Shape(DType.Float32, 4, 1)],
                ExampleKwargs: new Dictionary<string, PyTree<IArgumentLeaf>> { ["y"] = Shape(DType.Float32, 3) }
            )
        );
        FunctionDetails details = registration.Version.Details;
        Assert.Equal("PyTreeDef(((*,), {'y': *}))", details.InTree);
        Assert.Equal("float32[4, 1], float32[3]", details.ShapeKey);
        Assert.Equal("""{"dtype":"float32","shape":[4,3]}""", details.OutputShapes);
        Assert.Equal("fn(x: Tensor, y: Tensor) -> Tensor", details.Signature);
        Assert.Empty(details.Warnings);
    }

    [Fact]
    public async Task Without_an_example_nothing_is_known_beforehand()
    {
        await using var fixture = new ServiceFixture();
        FunctionDetails details = (await fixture.Service.RegisterAsync(new RegistrationRequest("add", Add)))
            .Version
            .Details;
        Assert.Null(details.InTree);
        Assert.Null(details.ShapeKey);
        Assert.Null(details.OutputShapes);
    }

    [Fact]
    public async Task With_output_shapes_nothing_is_run()
    {
        await using var fixture = new ServiceFixture();
        Registration registration = await fixture.Service.RegisterAsync(
            new RegistrationRequest(
                "raises",
                "def fn(x: Tensor) -> Tensor:\n    assert x.size(0) > 5, \"at least six rows\"\n    return x\n",
                ExampleArgs: [F32(1, 2, 3)],
                OutputShapes: Output(null, 3)
            )
        );
        Assert.Equal("""{"dtype":"float32","shape":[3]}""", registration.Version.Details.OutputShapes);
    }

    [Fact]
    public async Task A_function_that_raises_on_given_data_is_refused()
    {
        await using var fixture = new ServiceFixture();
        EngineException error = await ThrowsAsync(
            ErrorCode.ExecutionFailed,
            () => fixture.Register(new RegistrationRequest("f", Raises, ExampleArgs: [F32(1, 2, 3)]))
        );
        Assert.Contains("at least six rows", error.Message, StringComparison.Ordinal);
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.DescribeAsync("f"));
    }

    [Fact]
    public async Task A_function_that_raises_on_zeros_is_registered_with_a_warning()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            new RegistrationRequest("f", Raises, ExampleArgs: [Shape(DType.Float32, 3)])
        );
        Assert.Null(function.Version.Details.OutputShapes);
        Assert.Contains(
            "at least six rows",
            Assert.Single(function.Version.Details.Warnings),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_function_that_raises_on_zeros_alone_answers_its_calls()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            new RegistrationRequest("f", Cholesky, ExampleArgs: [Shape(DType.Float32, 2, 2)])
        );
        using NDArray identity = NDArray.FromArray([4f, 0, 0, 9], 2, 2);
        using InvocationResult result = function.Call(PyTree.Leaf<IArgumentLeaf>(identity));
        Assert.Equal([2f, 0, 0, 3], result.Outputs.Floats());
    }

    [Fact]
    public async Task Example_data_is_not_part_of_the_content()
    {
        await using var fixture = new ServiceFixture();
        Registration data = await fixture.Service.RegisterAsync(
            new RegistrationRequest("add", Add, ExampleArgs: [F32(1, 2), F32(3, 4)])
        );
        Registration shapes = await fixture.Service.RegisterAsync(
            new RegistrationRequest("add", Add, ExampleArgs: [Shape(DType.Float32, 2), Shape(DType.Float32, 2)])
        );
        Assert.Equal(data.Version.Sha256, shapes.Version.Sha256);
        Assert.False(shapes.Created);
    }

    [Fact]
    public async Task Examples_with_trees_static_values_and_odd_keys_come_back_from_the_registry_as_they_were()
    {
        const string source =
            "def fn(p: Dict[str, Tensor], q: Tuple[Tensor, Tensor], r: Optional[Tensor], n: float, s: str, k: List[int]) -> Tensor:\n"
            + "    return p[\"dtype\"] * n\n";
        await using var before = new ServiceFixture();
        PyTree<IArgumentLeaf> Static(object value) => PyTree.Leaf<IArgumentLeaf>(new StaticValue(value));
        PyTree<IArgumentLeaf>[] args =
        [
            PyTree.Dict<IArgumentLeaf>(
                new Dictionary<string, PyTree<IArgumentLeaf>>
                {
                    ["dtype"] = Shape(DType.Float32, 2),
                    ["shape"] = Shape(DType.Float32, 2),
                    ["$x"] = Shape(DType.Float32),
                }
            ),
            PyTree.Tuple(Shape(DType.Int64, 3), Shape(DType.Bool)),
            PyTree.None<IArgumentLeaf>(),
            Static(3.0),
            Static("a\n\"b\""),
            PyTree.List(Static(1L), Static(2L)),
        ];
        await before.Register(new RegistrationRequest("f", source, ExampleArgs: args));
        await using var after = new ServiceFixture(before.Registry);
        JaxFunction function = await after.Service.GetAsync("f");
        Assert.Equal(function.Version.Details.InTree, function.Example!.InTree.ToString());
        Assert.Equal(function.Version.Details.ShapeKey, function.Example.ShapeKey);
        Assert.Contains("f3", function.Example.Code, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nondiff_arguments_are_kept_over_a_restart()
    {
        await using var before = new ServiceFixture();
        await before.Register(
            new RegistrationRequest(
                "f",
                "def fn(x: Tensor, y: Tensor) -> Tensor:\n    return torch.sum(x * y)\n",
                Nondiff: new NondiffOption([1], null)
            )
        );
        await using var after = new ServiceFixture(before.Registry);
        JaxFunction function = await after.Service.GetAsync("f");
        using InvocationResult result = function.Invoke(
            new Invocation([F32(1, 2), F32(3, 4)], Transforms: [new Grad(Argnums.Several(0, 1))])
        );
        Assert.Equal([3f, 4], result.Outputs.Leaves[0].AsSpan<float>().ToArray());
        Assert.Equal([0f, 0], result.Outputs.Leaves[1].AsSpan<float>().ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a b")]
    [InlineData("a@1")]
    [InlineData("a/b")]
    [InlineData("né")]
    [InlineData("a\n")]
    public async Task Bad_names_are_refused(string name)
    {
        await using var fixture = new ServiceFixture();
        EngineException error = await ThrowsAsync(
            ErrorCode.MalformedRequest,
            () => fixture.Service.RegisterAsync(new RegistrationRequest(name, Add))
        );
        Assert.Equal("name", error.Path);
    }

    [Fact]
    public async Task Names_have_at_most_128_characters()
    {
        await using var fixture = new ServiceFixture();
        await fixture.Register(new string('a', 128), Add);
        await ThrowsAsync(ErrorCode.MalformedRequest, () => fixture.Register(new string('a', 129), Add));
    }

    [Fact]
    public async Task Texts_without_a_utf8_form_are_refused()
    {
        await using var fixture = new ServiceFixture();
        foreach (string text in (string[])["a\0b", "a\ud800b", "\udc00"])
        {
            await ThrowsAsync(
                ErrorCode.MalformedRequest,
                () => fixture.Service.RegisterAsync(new RegistrationRequest("f", Add, Description: text))
            );
            await ThrowsAsync(
                ErrorCode.MalformedRequest,
                () => fixture.Service.RegisterAsync(new RegistrationRequest("f", Add + "#" + text))
            );
        }
    }

    [Fact]
    public async Task A_wrong_source_entry_method_or_example_is_refused_and_nothing_is_stored()
    {
        await using var fixture = new ServiceFixture();
        FunctionService service = fixture.Service;
        await ThrowsAsync(
            ErrorCode.InvalidSource,
            () => service.RegisterAsync(new RegistrationRequest("f", "def fn("))
        );
        await ThrowsAsync(
            ErrorCode.InvalidSource,
            () => service.RegisterAsync(new RegistrationRequest("f", Add, Entry: "no"))
        );
        await ThrowsAsync(
            ErrorCode.InvalidTransform,
            () => service.RegisterAsync(new RegistrationRequest("f", Add, VmapMethod: "fast"))
        );
        await ThrowsAsync(ErrorCode.MalformedRequest, () => service.RegisterAsync(new RegistrationRequest("f")));
        await ThrowsAsync(
            ErrorCode.StructureMismatch,
            () => service.RegisterAsync(new RegistrationRequest("f", Add, ExampleArgs: [F32(1)]))
        );
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => service.DescribeAsync("f"));
        Assert.Empty(await service.ListAsync(null, null, 10));
    }

    private const string Raises =
        "def fn(x: Tensor) -> Tensor:\n    assert float(x.sum()) > 100.0, \"at least six rows\"\n    return x\n";
}
