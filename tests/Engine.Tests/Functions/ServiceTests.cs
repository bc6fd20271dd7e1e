using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>Looking functions up, while they change and while the registry is away.</summary>
public sealed class ServiceTests
{
    private const string Double = "def fn(x: Tensor) -> Tensor:\n    return x * 2.0\n";
    private const string Triple = "def fn(x: Tensor) -> Tensor:\n    return x * 3.0\n";

    [Fact]
    public async Task Unknown_names_and_versions_are_told_apart()
    {
        await using var fixture = new ServiceFixture();
        await fixture.Register("f", Double);
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.GetAsync("g").AsTask());
        await ThrowsAsync(ErrorCode.VersionNotFound, () => fixture.Service.GetAsync("f@2").AsTask());
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.GetAsync("g@1").AsTask());
        await ThrowsAsync(ErrorCode.MalformedRequest, () => fixture.Service.GetAsync("f@x").AsTask());
        await ThrowsAsync(ErrorCode.MalformedRequest, () => fixture.Service.GetAsync("f@0").AsTask());
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.VersionsAsync("g"));
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.DeleteAsync("g"));
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.ShapeCacheAsync("g"));
        await ThrowsAsync(ErrorCode.FunctionNotFound, () => fixture.Service.ClearShapeCacheAsync("g"));
    }

    [Fact]
    public async Task A_new_version_of_another_process_is_used_within_a_second()
    {
        var registry = new MemoryRegistry();
        await using var here = new ServiceFixture(registry);
        await using var there = new ServiceFixture(registry);
        JaxFunction old = await here.Register("f", Double);
        await there.Service.RegisterAsync(new RegistrationRequest("f", Triple));
        await Until(async () => (await here.Service.GetAsync("f")).Version.Version == 2);
        Assert.Equal(1, (await here.Service.GetAsync("f@1")).Version.Version);
        Assert.Equal(2f, Value(old, 1));
        Assert.Equal(3f, Value(await here.Service.GetAsync("f"), 1));
    }

    [Fact]
    public async Task A_function_deleted_elsewhere_is_gone_here_too_and_its_numbers_are_not_used_again()
    {
        var registry = new MemoryRegistry();
        await using var here = new ServiceFixture(registry);
        await using var there = new ServiceFixture(registry);
        await here.Register("f", Double);
        await there.Service.DeleteAsync("f");
        await Until(async () =>
        {
            try
            {
                await here.Service.GetAsync("f");
                return false;
            }
            catch (EngineException error) when (error.Code == ErrorCode.FunctionNotFound)
            {
                return true;
            }
        });
        JaxFunction again = await there.Register("f", Double);
        Assert.Equal(2, again.Version.Version);
        await ThrowsAsync(ErrorCode.VersionNotFound, () => here.Service.GetAsync("f@1").AsTask());
    }

    [Fact]
    public async Task While_the_registry_is_away_known_functions_answer_and_others_say_so()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction known = await fixture.Register("known", Double);
        fixture.Registry.IsAway = true;
        Assert.Same(known, await fixture.Service.GetAsync("known"));
        Assert.Equal("known", (await fixture.Service.DescribeAsync("known@1")).Name);
        Assert.Equal(4f, Value(known, 2));
        fixture.Service.Unload("known");
        Assert.Equal(4f, Value(await fixture.Service.GetAsync("known"), 2));
        await ThrowsAsync(ErrorCode.RegistryUnavailable, () => fixture.Service.GetAsync("other").AsTask());
        await ThrowsAsync(ErrorCode.RegistryUnavailable, () => fixture.Register("new", Triple));
        await ThrowsAsync(ErrorCode.RegistryUnavailable, () => fixture.Service.ListAsync(null, null, 1));
        fixture.Registry.IsAway = false;
        await fixture.Register("new", Triple);
        Assert.Equal(4f, Value(await fixture.Service.GetAsync("known"), 2));
    }

    [Fact]
    public async Task Changes_missed_while_it_was_away_are_seen_when_it_is_back()
    {
        var registry = new MemoryRegistry();
        await using var here = new ServiceFixture(registry);
        JaxFunction old = await here.Register("f", Double);
        registry.IsAway = true;
        Assert.Same(old, await here.Service.GetAsync("f"));
        await using var there = new ServiceFixture(registry);
        registry.IsAway = false;
        await there.Register("f", Triple);
        await Until(async () => (await here.Service.GetAsync("f")).Version.Version == 2);
    }

    [Fact]
    public async Task A_change_that_could_not_be_looked_at_is_looked_at_again()
    {
        var registry = new MemoryRegistry();
        await using var here = new ServiceFixture(registry);
        await using var there = new ServiceFixture(registry);
        JaxFunction old = await here.Register("f", Double);
        registry.FindsFail = true;
        await there.Service.RegisterAsync(new RegistrationRequest("f", Triple));
        await Task.Delay(50);
        Assert.Same(old, await here.Service.GetAsync("f"));
        registry.FindsFail = false;
        await Until(async () => (await here.Service.GetAsync("f")).Version.Version == 2);
    }

    [Fact]
    public async Task Unloading_frees_what_is_compiled_and_the_next_call_compiles_it_again()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("f", Double);
        Assert.True(fixture.Service.IsLoaded("f"));
        Assert.True(fixture.Service.Unload("f"));
        Assert.False(fixture.Service.IsLoaded("f"));
        Assert.False(fixture.Service.Unload("f"));
        Assert.Equal(2f, Value(function, 1));
        Assert.True(fixture.Service.IsLoaded("f"));
    }

    [Fact]
    public async Task Beyond_the_limit_the_function_not_used_for_longest_is_unloaded_and_still_answers()
    {
        await using var fixture = new ServiceFixture(options: new FunctionServiceOptions { MaxCompiledFunctions = 2 });
        JaxFunction[] functions = new JaxFunction[4];
        for (int i = 0; i < functions.Length; i++)
        {
            functions[i] = await fixture.Register($"f{i}", Double);
            await Task.Delay(20);
        }

        Assert.Equal(2, functions.Count(f => f.IsLoaded));
        Assert.All(functions, f => Assert.Equal(2f, Value(f, 1)));
        Assert.Equal(2, functions.Count(f => f.IsLoaded));
    }

    [Fact]
    public async Task Functions_that_are_forgotten_come_back_from_the_registry()
    {
        await using var fixture = new ServiceFixture(options: new FunctionServiceOptions { MaxKnownFunctions = 2 });
        for (int i = 0; i < 5; i++)
        {
            await fixture.Register($"f{i}", Double);
        }

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(2f, Value(await fixture.Service.GetAsync($"f{i}"), 1));
        }
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu:0")]
    [InlineData("cpu:3")]
    public async Task Virtual_processors_are_devices(string device)
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("f", Double);
        using InvocationResult result = function.Invoke(new Invocation([F32(1)], Device: device));
        Assert.Equal([2f], result.Outputs.Floats());
    }

    [Theory]
    [InlineData("cuda:99")]
    [InlineData("gpu")]
    [InlineData("cpu:")]
    [InlineData("cpu:-1")]
    [InlineData("")]
    public async Task Other_devices_are_refused_with_the_list_of_those_there_are(string device)
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("f", Double);
        EngineException error = Throws(
            ErrorCode.InvalidDevice,
            () => function.Invoke(new Invocation([F32(1)], Device: device))
        );
        Assert.Contains("cpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_gives_the_same_numbers_each_time_and_no_seed_fresh_ones()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    return torch.rand_like(x)\n"
        );
        float[] Numbers(long? seed)
        {
            using InvocationResult result = function.Invoke(new Invocation([F32(1, 2, 3, 4)], Seed: seed));
            return result.Outputs.Floats();
        }
        Assert.Equal(Numbers(7), Numbers(7));
        Assert.NotEqual(Numbers(7), Numbers(8));
        Assert.NotEqual(Numbers(null), Numbers(null));
    }

    [Fact]
    public async Task A_call_needs_values_and_says_where_they_are_missing()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction function = await fixture.Register("f", Double);
        EngineException error = Throws(ErrorCode.MalformedRequest, () => function.Call(Shape(DType.Float32, 3)));
        Assert.Contains("float32[3]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_structure_is_the_same_error_beneath_any_transform()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register(
            new RegistrationRequest("add", Add, ExampleArgs: [Shape(DType.Float32, 3), Shape(DType.Float32, 3)])
        );
        const string tail = "do not match the torch2jax function's expected input structure =\nPyTreeDef((*, *))";
        PyTree<IArgumentLeaf> x = F32(1, 2, 3);
        (PyTree<IArgumentLeaf>[] Args, Transform Transform)[] calls =
        [
            ([x], new Grad()),
            ([x], new Jacrev()),
            ([PyTree.Tuple(x), x], new Vjp()),
            ([PyTree.Tuple(x), PyTree.Tuple(x)], new Jvp()),
            ([x], new Vmap()),
        ];
        Assert.All(
            calls,
            call =>
            {
                EngineException error = Throws(
                    ErrorCode.StructureMismatch,
                    () => add.Invoke(new Invocation(call.Args, Transforms: [call.Transform]))
                );
                Assert.EndsWith(tail, error.Message, StringComparison.Ordinal);
            }
        );
    }

    private static float Value(JaxFunction function, float x)
    {
        using InvocationResult result = function.Call(F32(x));
        return result.Outputs.Floats().Single();
    }
}
