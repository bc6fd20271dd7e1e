using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Errors;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;

namespace Torch2Jax.Device;

/// <summary>Calls at the same time: copies in, kernels and copies out of different calls go on beside one another.</summary>
[Collection(ServiceCollection.Name)]
public sealed class OverlapTests(ServiceFixture service)
{
    private const int Callers = 8;
    private const int Count = 1 << 16; // 256 KiB

    [Fact]
    public async Task Calls_overlap_and_each_keeps_its_own_order()
    {
        var function = await service.FunctionAsync("chain", "def f(x):\n    return (x * 2 + 1) * x\n");
        using var slowCopies = FakeCuda.With("copy_ns_per_kib", 10_000);
        using var slowKernels = FakeCuda.With("kernel_us", 500);
        var (overlaps, races, waits, pageable, streams) = (
            FakeCuda.Get("overlaps"),
            FakeCuda.Get("races"),
            FakeCuda.Get("device_waits"),
            FakeCuda.Get("pageable"),
            FakeCuda.Get("streams")
        );

        await InParallelAsync(caller =>
        {
            using var x = NDArray.Allocate(DType.Float32, Count);
            x.AsSpan<float>().Fill(caller);
            for (var i = 0; i < 4; i++)
            {
                using var result = function.On("cuda:0", x);
                Assert.All(result.Values(), value => Assert.Equal((caller * 2 + 1) * caller, value));
            }
        });

        Assert.True(FakeCuda.Get("overlaps") > overlaps, "nothing went on at the same time");
        Assert.Equal(races, FakeCuda.Get("races"));
        Assert.Equal(waits, FakeCuda.Get("device_waits"));
        Assert.Equal(pageable, FakeCuda.Get("pageable"));
        // One a caller, and used again: a device's allocator keeps blocks for each stream.
        Assert.InRange(FakeCuda.Get("streams") - streams, 0, Callers + 1);
    }

    [Fact]
    public async Task Buffers_may_go_as_soon_as_a_failed_call_has_answered()
    {
        var function = await service.FunctionAsync(
            "fails",
            "def f(x, y):\n    raise RuntimeError('no')\n    return x + y\n"
        );
        using var slow = FakeCuda.With("copy_ns_per_kib", 10_000);
        await InParallelAsync(_ =>
        {
            for (var i = 0; i < 4; i++)
            {
                var (x, y) = (Calls.Counting(Count), Calls.Counting(Count));
                Assert.ThrowsAny<EngineException>(() => function.On("cuda:0", x, y));
                var copies = FakeCuda.Get("copies_in");
                x.Dispose(); // a copy that still ran would read memory of somebody else
                y.Dispose();
                Assert.True(copies > 0);
            }
        });

        var works = await service.FunctionAsync("works", "def f(x, y):\n    return x + y\n");
        using var a = Calls.Floats(1);
        using var b = Calls.Floats(2);
        using var sum = works.On("cuda:0", a, b);
        Assert.Equal([3], sum.Values());
    }

    [Fact]
    public async Task Derivatives_of_calls_at_once_are_right()
    {
        var function = await service.FunctionAsync("power", "def f(x):\n    return (x * x * x).sum()\n");
        using var slow = FakeCuda.With("copy_ns_per_kib", 2_000);
        var races = FakeCuda.Get("races");
        await InParallelAsync(caller =>
        {
            using var x = NDArray.Allocate(DType.Float32, Count / 4);
            x.AsSpan<float>().Fill(caller);
            var call = Calls.CallOn(caller % 2 == 0 ? "cuda:0" : "cuda:1", x) with
            {
                Transforms = [new Grad(Argnums.First)],
            };
            for (var i = 0; i < 4; i++)
            {
                using var result = function.Invoke(call);
                Assert.All(result.Values(), value => Assert.Equal(3f * caller * caller, value));
            }
        });
        Assert.Equal(races, FakeCuda.Get("races"));
    }

    [Theory]
    [InlineData("cuda:0", "cuda:0", "cuda:1")]
    [InlineData("cpu", "cuda:0", "cuda:1")]
    [InlineData("cuda:1", "cpu:0", "cuda:0")]
    [InlineData("cuda:0", "cuda:0", "cuda:0")]
    public async Task Shards_run_on_the_devices_of_their_mesh(string device, string first, string second)
    {
        var function = await service.FunctionAsync("rows", "def f(x):\n    return x * x\n");
        using var slow = FakeCuda.With("copy_ns_per_kib", 2_000);
        using var x = Calls.Counting(Count);
        var mesh = new Mesh(["x"], [2], [first, second]);
        var races = FakeCuda.Get("races");
        var call = Calls.CallOn(device, x) with { Sharding = SpecOf(mesh) };

        using var sharded = function.Invoke(call);
        using var whole = function.On("cpu", x);
        Assert.Equal(whole.Values(), sharded.Values());
        using var gradient = function.Invoke(
            call with
            {
                Transforms = [new Vjp()],
                Args = [Trees.PyTree.Tuple(call.Args[0]), call.Args[0]],
            }
        );
        Assert.Equal(2f * 999 * 999, gradient.Values(1)[999]);
        Assert.Equal(races, FakeCuda.Get("races"));
    }

    [Fact]
    public async Task A_mesh_with_a_device_that_is_not_there_is_refused_before_anything_runs()
    {
        var function = await service.FunctionAsync("rows", "def f(x):\n    return x * x\n");
        using var x = Calls.Counting(8);
        var runs = service.Backend.Counters.FunctionRuns;
        var error = Assert.ThrowsAny<EngineException>(() =>
            function.Invoke(
                Calls.CallOn("cuda:0", x) with
                {
                    Sharding = SpecOf(new Mesh(["x"], [2], ["cuda:0", "cuda:5"])),
                }
            )
        );
        Assert.Equal(ErrorCode.InvalidDevice, error.Code);
        Assert.Contains("cuda:5", error.Message, StringComparison.Ordinal);
        Assert.Equal(runs, service.Backend.Counters.FunctionRuns);
    }

    private static ShardingSpec SpecOf(Mesh mesh) =>
        ShardingReader.Read(
            System.Text.Json.JsonSerializer.SerializeToElement(
                new
                {
                    mesh = new
                    {
                        axisNames = mesh.AxisNames,
                        shape = mesh.Shape,
                        devices = mesh.Devices,
                    },
                    inSpecs = new[] { new[] { "x" } },
                    outSpecs = new[] { "x" },
                }
            )
        )!;

    private static Task InParallelAsync(Action<int> work) =>
        Task.WhenAll(
            Enumerable
                .Range(1, Callers)
                .Select(caller =>
                    Task.Factory.StartNew(
                        () => work(caller),
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
}
