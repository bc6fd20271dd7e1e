using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>Shapes of answers that nobody computes.</summary>
[Collection(CountedCollection.Name)]
public sealed class EvalShapeTests
{
    [Fact]
    public async Task A_shape_of_2_to_the_40_elements_allocates_nothing()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        long before = ServiceFixture.Backend.Counters.AllocatedBytes;
        EvalShapeResult result = add.EvalShape(
            new Invocation([Shape(DType.Float32, 1L << 40), Shape(DType.Float32, 1)])
        );
        Assert.Equal("float32[1099511627776]", result.Outputs.Leaves[0].ToString());
        Assert.Equal(before, ServiceFixture.Backend.Counters.AllocatedBytes);
    }

    [Fact]
    public async Task Zeros_over_the_limit_are_not_made()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    if float(x.sum()) > 0.0:\n        return x\n    return x * 2.0\n"
        );
        Assert.Equal(
            "float32[8]",
            function.EvalShape(new Invocation([Shape(DType.Float32, 8)])).Outputs.Leaves[0].ToString()
        );
        Throws(
            ErrorCode.DataDependentShape,
            () => function.EvalShape(new Invocation([Shape(DType.Float32, 1L << 40)]))
        );
        Throws(
            ErrorCode.DataDependentShape,
            () => function.EvalShape(new Invocation([Shape(DType.Float32, 1L << 60)]))
        );
    }

    [Fact]
    public async Task A_loop_that_does_not_end_on_zeros_is_given_up()
    {
        await using var fixture = new ServiceFixture(
            options: new FunctionServiceOptions { MaxInferenceTime = TimeSpan.FromMilliseconds(300) }
        );
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    while float(x.sum()) < 1.0:\n        x = x * 2.0\n    return x\n"
        );
        EngineException error = Assert.Throws<EngineException>(() =>
            function.EvalShape(new Invocation([Shape(DType.Float32, 8)]))
        );
        Assert.True(error.Code is ErrorCode.DataDependentShape or ErrorCode.ExecutionFailed);
        using InvocationResult result = function.Call(F32(0.5f, 0.25f));
        Assert.Equal([1f, 0.5f], result.Outputs.Floats());
    }

    [Fact]
    public async Task What_the_cache_knows_is_answered_from_it()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        var shapes = new Invocation([Shape(DType.Float32, 2), Shape(DType.Float32, 2)]);
        Assert.Equal(CacheOutcome.Miss, add.EvalShape(shapes).Cache);
        Assert.Equal(CacheOutcome.Miss, add.EvalShape(shapes).Cache);
        Assert.Equal(CacheOutcome.Miss, add.Outcome(F32(1, 2), F32(3, 4)));
        long runs = ServiceFixture.Backend.Counters.FunctionRuns;
        Assert.Equal(CacheOutcome.Hit, add.EvalShape(shapes).Cache);
        Assert.Equal(runs, ServiceFixture.Backend.Counters.FunctionRuns);
    }

    [Fact]
    public async Task A_size_that_data_tells_is_not_guessed_from_zeros()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    return torch.zeros([int(x.sum().item())])\n"
        );
        Throws(ErrorCode.DataDependentShape, () => function.EvalShape(new Invocation([Shape(DType.Float32, 2)])));
    }

    [Fact]
    public async Task Transforms_follow_by_algebra()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    return torch.sin(x) * x\n"
        );
        var shapes = new Invocation([Shape(DType.Float32, 3)], Transforms: [new Jacrev()]);
        Assert.Equal("float32[3, 3]", function.EvalShape(shapes).Outputs.Leaves[0].ToString());
        var batched = new Invocation([Shape(DType.Float32, 5, 3)], Transforms: [new Jacrev(), new Vmap()]);
        EvalShapeResult result = function.EvalShape(batched);
        Assert.Equal("float32[5, 3, 3]", result.Outputs.Leaves[0].ToString());
        Assert.Equal("float32[3]", result.ShapeKey);
    }
}
