using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>What a call says of the shape cache.</summary>
public sealed class CacheOutcomeTests
{
    [Fact]
    public async Task The_first_call_of_a_shape_misses_and_the_next_ones_hit()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        Assert.Equal(CacheOutcome.Miss, add.Outcome(F32(1, 2), F32(3, 4)));
        Assert.Equal(CacheOutcome.Hit, add.Outcome(F32(1, 2), F32(3, 4)));
        Assert.Equal(CacheOutcome.Miss, add.Outcome(F32(1), F32(3)));
        Assert.Equal(CacheOutcome.Hit, add.Outcome(F32(5, 2), F32(3, 4)));
    }

    [Fact]
    public async Task Static_values_and_transforms_have_entries_of_their_own()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction scale = await fixture.Register(
            "scale",
            "def fn(x: Tensor, n: int) -> Tensor:\n    return torch.sum(x * n)\n"
        );
        var two = PyTree.Leaf<IArgumentLeaf>(new StaticValue(2L));
        var three = PyTree.Leaf<IArgumentLeaf>(new StaticValue(3L));
        Assert.Equal(CacheOutcome.Miss, scale.Outcome(F32(1, 2), two));
        Assert.Equal(CacheOutcome.Miss, scale.Outcome(F32(1, 2), three));
        Assert.Equal(CacheOutcome.Hit, scale.Outcome(F32(1, 2), two));
        Invocation grad = new([F32(1, 2), two], Transforms: [new Grad()]);
        using InvocationResult first = scale.Invoke(grad);
        using InvocationResult second = scale.Invoke(grad);
        Assert.Equal((CacheOutcome.Miss, CacheOutcome.Hit), (first.Cache, second.Cache));
        Assert.Equal([2f, 2f], first.Outputs.Floats());
    }

    [Theory]
    [InlineData("torch.nonzero(x)")]
    [InlineData("x[x > 0.0]")]
    [InlineData("torch.masked_select(x, x > 0.0) * 2.0")]
    public async Task Shapes_that_depend_on_data_are_dynamic_from_the_first_call_on(string expression)
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("f", $"def fn(x: Tensor) -> Tensor:\n    return {expression}\n");
        Assert.Equal(CacheOutcome.Dynamic, function.Outcome(F32(1, 0, 2)));
        Assert.Equal(CacheOutcome.Dynamic, function.Outcome(F32(1, 0, 2)));
        using InvocationResult other = function.Call(F32(0, 0, 0));
        Assert.Equal(CacheOutcome.Dynamic, other.Cache);
        Assert.Equal(0, other.Outputs.Leaves[0].Size);
    }

    [Theory]
    [InlineData("torch.where(x > 0.0, x, x * 2.0)")]
    [InlineData("torch.layer_norm(x, [3])")]
    [InlineData("torch.cumsum(x, 0)")]
    public async Task Shapes_that_do_not_depend_on_data_hit_whatever_meta_tensors_can_do(string expression)
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("f", $"def fn(x: Tensor) -> Tensor:\n    return {expression}\n");
        Assert.Equal(CacheOutcome.Miss, function.Outcome(F32(1, 0, 2)));
        Assert.Equal(CacheOutcome.Hit, function.Outcome(F32(0, 0, 0)));
    }

    [Fact]
    public async Task A_masked_assignment_has_a_static_shape()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    y = x.clone()\n    y[y > 0.5] = 0.0\n    return y\n"
        );
        Assert.Equal(CacheOutcome.Miss, function.Outcome(F32(1, 0, 2)));
        Assert.Equal(CacheOutcome.Hit, function.Outcome(F32(1, 1, 2)));
        EvalShapeResult shapes = function.EvalShape(new Invocation([Shape(DType.Float32, 7)]));
        Assert.Equal("float32[7]", shapes.Outputs.Leaves[0].ToString());
    }

    [Fact]
    public async Task Other_shapes_for_the_same_key_make_the_entry_dynamic_for_good()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    n = int(torch.sum(x).item())\n    return torch.zeros([n])\n"
        );
        function.Outcome(F32(0, 0));
        Assert.Equal(CacheOutcome.Dynamic, function.Outcome(F32(2, 1)));
        Assert.Equal(CacheOutcome.Dynamic, function.Outcome(F32(2, 1)));
        Assert.True(Assert.Single(fixture.Registry.Entries.Values).Dynamic);
    }

    [Fact]
    public async Task An_entry_from_the_registry_is_restored_at_its_first_use_in_a_process()
    {
        await using var before = new ServiceFixture();
        JaxFunction add = await before.Register("add", Add);
        add.Outcome(F32(1, 2), F32(3, 4));

        await using var after = new ServiceFixture(before.Registry);
        JaxFunction again = await after.Service.GetAsync("add");
        Assert.Equal(CacheOutcome.Restored, again.Outcome(F32(1, 2), F32(3, 4)));
        Assert.Equal(CacheOutcome.Hit, again.Outcome(F32(1, 2), F32(3, 4)));
    }

    [Fact]
    public async Task Dynamic_entries_stay_dynamic_after_a_restart()
    {
        await using var before = new ServiceFixture();
        JaxFunction nonzero = await before.Register("nonzero", Nonzero);
        nonzero.Outcome(F32(1, 0));

        await using var after = new ServiceFixture(before.Registry);
        Assert.Equal(CacheOutcome.Dynamic, (await after.Service.GetAsync("nonzero")).Outcome(F32(1, 0)));
    }

    [Fact]
    public async Task Entries_of_another_engine_are_recomputed()
    {
        await using var before = new ServiceFixture();
        JaxFunction add = await before.Register("add", Add);
        add.Outcome(F32(1, 2), F32(3, 4));
        ShapeCacheRecord entry = Assert.Single(before.Registry.Entries.Values);
        before.Registry.Entries[entry.Key] = entry with { EngineVersion = "0.0.1/1.0" };

        await using var after = new ServiceFixture(before.Registry);
        Assert.Equal(CacheOutcome.Miss, (await after.Service.GetAsync("add")).Outcome(F32(1, 2), F32(3, 4)));
        Assert.Equal(after.Service.EngineVersion, Assert.Single(before.Registry.Entries.Values).EngineVersion);
    }

    [Fact]
    public async Task Hits_are_counted_and_the_cache_is_listed_and_cleared()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        for (int i = 0; i < 5; i++)
        {
            add.Outcome(F32(1, 2), F32(3, 4));
        }

        ShapeCacheRecord entry = Assert.Single(await fixture.Service.ShapeCacheAsync("add"));
        Assert.Equal(4, entry.Hits);
        Assert.Equal("float32[2], float32[2]", entry.Key.ShapeKey);
        Assert.Equal("cpu", entry.Key.Device);
        Assert.Equal("PyTreeDef((*, *))", entry.InTree);
        await Until(() => Task.FromResult(fixture.Registry.Entries.Values.Single().Hits == 4));

        Assert.Equal(1, await fixture.Service.ClearShapeCacheAsync("add"));
        Assert.Empty(await fixture.Service.ShapeCacheAsync("add"));
        Assert.Equal(CacheOutcome.Miss, add.Outcome(F32(1, 2), F32(3, 4)));
    }
}
