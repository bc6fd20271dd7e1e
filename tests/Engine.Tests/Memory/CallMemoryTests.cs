using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Memory;

/// <summary>Calls are let in by what they will need, before anything runs.</summary>
[Collection(CountedCollection.Name)]
public sealed class CallMemoryTests : IDisposable
{
    private const long Mebi = 1 << 20;

    // Runs until its argument holds something else, which the test writes there.
    private const string Hold =
        "def fn(x: Tensor) -> Tensor:\n    while bool((x[0] < 2.0).all()):\n        pass\n    return x + 1.0\n";

    private const string Repeat = "def fn(x: Tensor) -> Tensor:\n    return x.repeat([4])\n";

    public CallMemoryTests()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static long Runs => ServiceFixture.Backend.Counters.FunctionRuns;

    public void Dispose() => ServiceFixture.Backend.LimitMemory("cpu", 0);

    [Fact]
    public async Task A_call_known_to_be_too_large_fails_before_it_runs_and_a_smaller_one_works()
    {
        var registry = new MemoryRegistry();
        await using (var roomy = new ServiceFixture(registry))
        {
            var function = await roomy.Register("fn", Repeat);
            function.Call(MebiBytes(1)).Dispose();
            function.Call(F32()).Dispose();
        }

        await using var tight = new ServiceFixture(registry, Limited(3 * Mebi));
        var again = await tight.Service.GetAsync("fn");
        var before = Runs;
        var error = Assert.Throws<MemoryException>(() => again.Call(MebiBytes(1)));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains($"{Mebi} of arguments and {4 * Mebi} of tensors", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{3 * Mebi} bytes on cpu, so it was not run", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Runs);
        Assert.Equal(new Torch2Jax.Memory.MemoryRefusals("cpu", 1, 0), tight.Service.MemoryRefusals[0]);
        Assert.Equal(CacheOutcome.Restored, again.Outcome(F32()));
        Assert.Equal(0, tight.Service.Devices[0].InFlight);
    }

    [Fact]
    public async Task A_call_that_turns_out_too_large_fails_and_the_next_one_works()
    {
        await using var service = new ServiceFixture(options: Limited(InUse + (3 * Mebi)));
        var function = await service.Register("fn", Repeat);
        var error = Assert.Throws<MemoryException>(() => function.Call(MebiBytes(1)));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains($"asked for {4 * Mebi} more", error.Message, StringComparison.Ordinal);
        Assert.Equal(CacheOutcome.Miss, function.Outcome(F32()));
        Assert.Equal(1, service.Service.MemoryRefusals[0].TooLarge);
    }

    [Fact]
    public async Task Of_two_calls_that_fit_only_apart_the_second_is_turned_away_and_works_later()
    {
        await using var service = new ServiceFixture(options: Limited(InUse + (6 * Mebi)));
        var hold = await service.Register("hold", Hold);
        using var x = Array(2);
        var running = Task.Run(() => hold.Call(PyTree.Leaf<IArgumentLeaf>(x)).Dispose());
        await ServiceFixture.Until(() => Task.FromResult(service.Service.Devices[0].InFlight == 1));
        var before = Runs;
        using var y = Array(5);
        var other = await service.Register(
            "other",
            ServiceFixture.Add.Replace("y: Tensor", "y: float", StringComparison.Ordinal)
        );
        var error = Assert.Throws<MemoryException>(() => Call(other, y));
        Assert.Equal(ErrorCode.Overloaded, error.Code);
        Assert.Contains($"calls that run now need {2 * Mebi}", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Runs);
        x.AsSpan<float>()[0] = 9;
        await running;
        using var z = Array(2);
        Call(other, z);
        Assert.Equal(0, service.Service.Devices[0].InFlight);
    }

    [Fact]
    public async Task The_largest_peak_is_kept_and_told_only_where_it_grew()
    {
        var registry = new MemoryRegistry();
        await using var service = new ServiceFixture(registry);
        var function = await service.Register("fn", "def fn(x: Tensor, n: int) -> Tensor:\n    return (x + n).sum()\n");
        using var x = Array(1);
        Call(function, x, 1);
        var stored = Assert.Single(registry.Entries.Values);
        Assert.InRange(stored.PeakBytes, Mebi, Mebi + 256);
        Call(function, x, 1);
        Assert.Same(stored, Assert.Single(registry.Entries.Values));
    }

    [Fact]
    public void A_peak_is_worth_a_write_where_it_is_an_eighth_larger()
    {
        var key = new ShapeCacheKey("fn", 1, "", "", "cpu");
        var entry = new ShapeEntry(
            key,
            "",
            PyTree.None<ShapeDtypeStruct>(),
            isDynamic: false,
            DateTimeOffset.UnixEpoch
        );
        Assert.True(entry.NotePeak(800));
        Assert.False(entry.NotePeak(900));
        Assert.Equal(900, entry.PeakBytes);
        Assert.True(entry.NotePeak(901));
        Assert.False(entry.NotePeak(10));
        Assert.Equal(901, entry.ToRecord("").PeakBytes);
        var restored = ShapeEntry.Restore(
            entry.ToRecord("") with
            {
                PeakBytes = 5000,
            },
            PyTree.None<ShapeDtypeStruct>()
        );
        Assert.False(restored.NotePeak(5000));
        Assert.Equal(5000, restored.PeakBytes);
    }

    [Fact]
    public async Task A_bound_program_is_let_in_the_same_way_and_allocates_nothing()
    {
        await using var service = new ServiceFixture(options: Limited(InUse + (64 * Mebi)));
        var function = await service.Register("fn", ServiceFixture.Add);
        using var bound = function.Bind(ServiceFixture.Shape(DType.Float32, 8), ServiceFixture.Shape(DType.Float32, 8));
        NDArray[] inputs = [NDArray.Allocate(DType.Float32, 8), NDArray.Allocate(DType.Float32, 8)];
        NDArray[] outputs = bound.AllocateOutputs();
        Run(50);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, service.Service.Devices[0].InFlight);

        using var large = function.Bind(
            ServiceFixture.Shape(DType.Float32, 8 << 20),
            ServiceFixture.Shape(DType.Float32, 8 << 20)
        );
        NDArray[] big = [Array(32), Array(32)];
        using var room = Array(32);
        var runs = Runs;
        var error = Assert.Throws<MemoryException>(() => large.RunInto(big, [room]));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains(
            $"{64 * Mebi} of arguments and {32 * Mebi} of outputs",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(runs, Runs);
        System.Array.ForEach([.. inputs, .. outputs, .. big], array => array.Dispose());

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                bound.RunInto(inputs, outputs);
            }
        }
    }

    [Fact]
    public async Task Many_sessions_under_a_small_limit_get_right_answers_or_are_told_why_not()
    {
        var used = InUse;
        await using var service = new ServiceFixture(options: Limited(used + (27 * Mebi)));
        var function = await service.Register("fn", Repeat);
        var outcomes = new System.Collections.Concurrent.ConcurrentBag<(int Size, ErrorCode? Code)>();
        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(seed =>
                    Task.Run(() =>
                    {
                        var random = new Random(seed);
                        for (var i = 0; i < 200; i++)
                        {
                            var size = random.Next(1, 9);
                            outcomes.Add((size, Outcome(function, size, i)));
                        }
                    })
                )
        );
        Assert.All(
            outcomes,
            call =>
                Assert.True(
                    call.Size > 5 ? call.Code is not null : call.Code is null or ErrorCode.Overloaded,
                    $"{call.Size} MiB: {call.Code}"
                )
        );
        Assert.Contains(outcomes, call => call.Code is null);
        Assert.Equal(used, InUse);
        var device = service.Service.Devices[0];
        Assert.Equal(0, device.InFlight);
        Assert.Equal(used + (27 * Mebi), device.LimitBytes);
        var refusals = service.Service.MemoryRefusals[0];
        Assert.Equal(outcomes.Count(call => call.Code == ErrorCode.ExecutionFailed), refusals.TooLarge);
        Assert.Equal(outcomes.Count(call => call.Code == ErrorCode.Overloaded), refusals.Overloaded);
    }

    private static ErrorCode? Outcome(JaxFunction function, int mebibytes, int value)
    {
        using var x = Array(mebibytes);
        x.AsSpan<float>().Fill(value);
        try
        {
            using var result = function.Call(PyTree.Leaf<IArgumentLeaf>(x));
            var output = result.Outputs.Leaves[0].AsSpan<float>();
            Assert.Equal(4 * x.Size, output.Length);
            Assert.False(output.ContainsAnyExcept(value));
            return null;
        }
        catch (MemoryException error)
        {
            return error.Code;
        }
    }

    private static long InUse => ServiceFixture.Backend.Counters.AllocatedBytes;

    private static FunctionServiceOptions Limited(long bytes) => new() { MaxMemoryBytes = bytes };

    private static NDArray Array(int mebibytes)
    {
        var array = NDArray.Allocate(DType.Float32, mebibytes * (Mebi / sizeof(float)));
        array.Bytes.Clear();
        return array;
    }

    private static PyTree<IArgumentLeaf> MebiBytes(int count) => PyTree.Leaf<IArgumentLeaf>(Array(count));

    private static PyTree<IArgumentLeaf> F32() => ServiceFixture.F32(1, 2);

    private static void Call(JaxFunction function, NDArray x, int? n = null)
    {
        var number = n is { } whole ? new StaticValue((long)whole) : new StaticValue(1.0);
        function.Call(PyTree.Leaf<IArgumentLeaf>(x), PyTree.Leaf<IArgumentLeaf>(number)).Dispose();
    }
}
