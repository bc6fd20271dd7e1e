using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>The warning about shapes that are not the example's.</summary>
public sealed class ShapeWarningTests
{
    [Fact]
    public async Task It_comes_with_each_call_that_misses_the_cache_and_with_no_other()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register(
            new RegistrationRequest("add", Add, ExampleArgs: [Shape(DType.Float32, 3), Shape(DType.Float32, 3)])
        );
        Assert.Empty(Warnings(add, 3));
        Assert.StartsWith(
            "torch2jax: input shapes changed. The torch",
            Assert.Single(Warnings(add, 5)),
            StringComparison.Ordinal
        );
        Assert.Empty(Warnings(add, 5));
        Assert.EndsWith("Actual:    float32[6], float32[6]", Assert.Single(Warnings(add, 6)), StringComparison.Ordinal);

        await fixture.Service.ClearShapeCacheAsync("add");
        Assert.Single(Warnings(add, 5));
    }

    [Fact]
    public async Task Without_an_example_there_is_none()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        Assert.Empty(Warnings(add, 3));
        Assert.Empty(Warnings(add, 5));
    }

    [Fact]
    public async Task A_restored_entry_does_not_warn()
    {
        await using var before = new ServiceFixture();
        JaxFunction add = await before.Register(
            new RegistrationRequest("add", Add, ExampleArgs: [Shape(DType.Float32, 3), Shape(DType.Float32, 3)])
        );
        Assert.Single(Warnings(add, 5));
        await using var after = new ServiceFixture(before.Registry);
        Assert.Empty(Warnings(await after.Service.GetAsync("add"), 5));
    }

    private static IReadOnlyList<string> Warnings(JaxFunction function, int size)
    {
        using InvocationResult result = function.Call(F32(new float[size]), F32(new float[size]));
        return result.Warnings;
    }
}
