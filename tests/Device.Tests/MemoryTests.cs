using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Errors;

namespace Torch2Jax.Device;

/// <summary>A device's memory is shared: who asks for too much is told, and the next call works.</summary>
[Collection(ServiceCollection.Name)]
public sealed class MemoryTests(ServiceFixture service)
{
    [Fact]
    public async Task A_call_that_needs_more_than_the_device_has_fails_and_the_next_one_works()
    {
        service.Backend.Trim();
        var function = await service.FunctionAsync(
            "grows",
            "def f(x, n: int):\n    return torch.zeros(n).sum() + x.sum()\n"
        );
        using var x = Calls.Floats(1, 2);

        var emptied = FakeCuda.Get("emptied");
        var error = Assert.ThrowsAny<EngineException>(() => function.Invoke(WithCount(x, 1L << 29)));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.True(FakeCuda.Get("emptied") > emptied, "the device kept what nobody used");
        Assert.Contains("memory", error.Message, StringComparison.Ordinal);
        using var result = function.Invoke(WithCount(x, 16));
        Assert.Equal([3], result.Values());
    }

    [Fact]
    public async Task Where_only_other_calls_are_in_the_way_it_is_overloaded()
    {
        service.Backend.Trim();
        var function = await service.FunctionAsync(
            "holds",
            "def f(x, n: int):\n    return torch.zeros(n).sum() + x.sum()\n"
        );
        using var slow = FakeCuda.With("kernel_us", 300_000);
        using var x = Calls.Floats(1, 2);
        var other = Task.Run(() => function.Invoke(WithCount(x, 160 << 20)).Dispose()); // 640 of 1024 MiB
        while (service.Backend.Devices[1].UsedBytes < 600 << 20)
        {
            if (other.IsCompleted)
            {
                await other;
                Assert.Fail("the first call has ended already");
            }

            await Task.Delay(5);
        }

        var error = Assert.ThrowsAny<EngineException>(() => function.Invoke(WithCount(x, 160 << 20)));
        Assert.Equal(ErrorCode.Overloaded, error.Code);
        await other;
        function.Invoke(WithCount(x, 160 << 20)).Dispose();
    }

    [Fact]
    public async Task A_calls_own_limit_counts_what_it_holds_on_the_device()
    {
        var function = await service.FunctionAsync("twice", "def f(x):\n    return x * 2\n");
        using var x = Calls.Counting(1 << 20); // 4 MiB
        var options = new Torch2Jax.Torch.RunOptions("cuda:0", MaxBytes: 6 << 20);
        using var compiled = service.Backend.Compile("def f(x):\n    return x * 2\n", null);
        using var program = compiled.CreateProgram("*0;", "");
        var error = Assert.ThrowsAny<EngineException>(() => program.Run([x], options));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        foreach (var output in program.Run([x], options with { MaxBytes = 64 << 20 }).Outputs)
        {
            output.Dispose();
        }
    }

    [Fact]
    public async Task Nothing_stays_on_the_device_after_calls()
    {
        service.Backend.Trim();
        var function = await service.FunctionAsync("three", "def f(x):\n    return x * 3, x + 1\n");
        using var x = Calls.Counting(1 << 20);
        var before = service.Backend.Devices[1].UsedBytes;
        for (var i = 0; i < 10; i++)
        {
            function.On("cuda:0", x).Dispose();
        }

        Assert.Equal(before, service.Backend.Devices[1].UsedBytes);
    }

    private static Torch2Jax.Functions.Invocation WithCount(NDArray x, long count) =>
        new(
            [Trees.PyTree.Leaf<IArgumentLeaf>(x), Trees.PyTree.Leaf<IArgumentLeaf>(new StaticValue(count))],
            Device: "cuda:0"
        );
}
