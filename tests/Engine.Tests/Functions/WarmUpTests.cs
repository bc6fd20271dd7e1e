using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>What is made ready at start.</summary>
[Collection(CountedCollection.Name)]
public sealed class WarmUpTests
{
    private const string Scale =
        "def fn(p: Dict[str, Tensor], s: str, n: float = 1.5, k: Optional[List[int]] = None) -> Tensor:\n"
        + "    return p[\"w\"] * n\n";

    [Fact]
    public async Task Warm_up_compiles_and_runs_what_was_used_and_is_no_use_itself()
    {
        await using var before = new ServiceFixture();
        JaxFunction function = await before.Register("f", "def fn(x: Tensor) -> Tensor:\n    return x * 2.0\n");
        function.Outcome(F32(1, 2));

        await using ServiceFixture after = await Restarted(before);
        Assert.True(after.Service.IsLoaded("f"));
        Assert.Equal(0, Assert.Single(await after.Service.ShapeCacheAsync("f")).Hits);
        Assert.Equal(CacheOutcome.Restored, (await after.Service.GetAsync("f")).Outcome(F32(1, 2)));
    }

    [Fact]
    public async Task The_first_call_finds_its_program_whatever_its_arguments_are()
    {
        await using var before = new ServiceFixture();
        JaxFunction function = await before.Register("f", Scale);
        Invocation call = new(
            [
                PyTree.Dict<IArgumentLeaf>(
                    new Dictionary<string, PyTree<IArgumentLeaf>> { ["w"] = F32(1, 2), ["é"] = F32(3) }
                ),
                Static("a;\"b"),
            ],
            new Dictionary<string, PyTree<IArgumentLeaf>> { ["k"] = PyTree.List(Static(1L), Static(-2L)) }
        );
        function.Invoke(call).Dispose();
        function.Invoke(call with { Transforms = [new Jacrev()] }).Dispose();

        await using ServiceFixture after = await Restarted(before);
        JaxFunction again = await after.Service.GetAsync("f");
        long programs = Backend.Counters.Programs;
        using InvocationResult result = again.Invoke(call);
        using InvocationResult jacobian = again.Invoke(call with { Transforms = [new Jacrev()] });
        Assert.Equal((CacheOutcome.Restored, CacheOutcome.Restored), (result.Cache, jacobian.Cache));
        Assert.Equal(programs, Backend.Counters.Programs);
    }

    [Fact]
    public async Task What_raises_on_zeros_is_left_for_its_first_call()
    {
        await using var before = new ServiceFixture();
        JaxFunction function = await before.Register(
            "f",
            "def fn(x: Tensor) -> Tensor:\n    assert float(x.sum()) > 0.0\n    return x\n"
        );
        function.Outcome(F32(1, 2));
        await using ServiceFixture after = await Restarted(before);
        Assert.Equal(CacheOutcome.Restored, (await after.Service.GetAsync("f")).Outcome(F32(1, 2)));
    }

    [Fact]
    public async Task It_does_not_fail_the_start_while_the_registry_is_away()
    {
        await using var fixture = new ServiceFixture();
        fixture.Registry.IsAway = true;
        await fixture.Service.StartAsync();
        await fixture.Service.WarmUp;
    }

    [Fact]
    public void The_code_of_a_program_gives_its_arguments_back()
    {
        FunctionSchema schema = Schema();
        PyTree<IArgumentLeaf>[] args =
        [
            PyTree.Tuple(F32(1), PyTree.List(F32(2), F32(3))),
            PyTree.Dict<IArgumentLeaf>(
                new Dictionary<string, PyTree<IArgumentLeaf>> { ["b"] = F32(4), ["a\"é"] = F32(5) }
            ),
            PyTree.None<IArgumentLeaf>(),
            Static(-3L),
            Static(double.NegativeInfinity),
            Static(true),
            Static("*1;(é"),
        ];
        BoundArguments bound = ArgumentBinder.Bind(schema, args, null);
        IReadOnlyList<PyTree<IArgumentLeaf>?> read = new ProgramArguments(bound.Code, bound.Leaves).ReadAll();
        Assert.Null(read[7]);
        Assert.Equal(bound.Code, ArgumentBinder.Bind(schema, [.. read.Take(7).Select(tree => tree!)], null).Code);
    }

    [Theory]
    [InlineData("*1;")]
    [InlineData("(*0;")]
    [InlineData("s9:abc")]
    [InlineData("i1")]
    [InlineData("x")]
    public void A_text_that_is_no_program_is_refused(string code) =>
        Assert.Throws<FormatException>(() =>
            new ProgramArguments(code, [new ShapeDtypeStruct(DType.Float32, 1)]).ReadAll()
        );

    private static FunctionSchema Schema()
    {
        using ICompiledFunction function = Backend.Compile(
            "def fn(t: Tuple[Tensor, List[Tensor]], d: Dict[str, Tensor], o: Optional[Tensor], i: int, f: float, b: bool, s: str, n: int = 1) -> Tensor:\n"
                + "    return t[0]\n",
            null
        );
        return function.Schema;
    }

    private static PyTree<IArgumentLeaf> Static(object value) => PyTree.Leaf<IArgumentLeaf>(new StaticValue(value));

    private static async Task<ServiceFixture> Restarted(ServiceFixture before)
    {
        await before.Service.DisposeAsync();
        var after = new ServiceFixture(before.Registry);
        await after.Service.StartAsync();
        await after.Service.WarmUp;
        return after;
    }
}
