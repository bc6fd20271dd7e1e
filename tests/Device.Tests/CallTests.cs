using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Device;

/// <summary>Calls on a device: what is where, and what stays there.</summary>
[Collection(ServiceCollection.Name)]
public sealed class CallTests(ServiceFixture service)
{
    [Fact]
    public void Devices_are_listed_with_their_memory()
    {
        var devices = service.Backend.Devices;

        Assert.Equal(["cpu", "cuda:0", "cuda:1"], devices.Select(device => device.Name));
        Assert.Equal("Fake CUDA device 1", devices[2].Title);
        Assert.Equal(FakeCuda.Get("device_bytes"), devices[2].TotalBytes);
        Assert.InRange(devices[2].FreeBytes, 1, devices[2].TotalBytes);
    }

    [Theory]
    [InlineData("cuda:2")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("xla:0")]
    public async Task A_device_that_is_not_there_is_refused_by_name(string device)
    {
        var twice = await service.FunctionAsync("twice", "def f(x):\n    return x * 2\n");

        using var x = Calls.Floats(1);
        var error = Assert.ThrowsAny<EngineException>(() => twice.On(device, x));
        Assert.Equal(ErrorCode.InvalidDevice, error.Code);
        Assert.Contains($"'{device}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("cpu, cuda:0, cuda:1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    [InlineData("cuda:1")]
    public async Task A_call_runs_on_the_device_it_names(string device)
    {
        var twice = await service.FunctionAsync("twice", "def f(x):\n    return x * 2\n");

        using var x = Calls.Floats(1, 2, 3);
        var kernels = FakeCuda.Get("kernels");
        using var result = twice.On(device, x);
        Assert.Equal([2, 4, 6], result.Values());
        Assert.True(FakeCuda.Get("kernels") > kernels);

        kernels = FakeCuda.Get("kernels");
        using var host = twice.On("cpu", x);
        Assert.Equal(kernels, FakeCuda.Get("kernels"));
    }

    [Fact]
    public async Task Arrays_that_a_source_makes_of_numbers_are_made_on_the_calls_device()
    {
        const string source = """
            def f(x):
                ramp = torch.arange(x.size(0)) + torch.zeros(x.size(0)) + torch.tensor([1.0, 2.0, 3.0])
                return x + ramp + torch.full([3], 0.5) + torch.eye(3)[0]
            """;
        var function = await service.FunctionAsync("makes", source);

        using var x = Calls.Floats(10, 20, 30);
        using var there = function.On("cuda:1", x);
        using var here = function.On("cpu", x);
        Assert.Equal(here.Values(), there.Values());
    }

    [Fact]
    public async Task A_function_without_arrays_in_it_runs_on_the_calls_device()
    {
        var function = await service.FunctionAsync("seven", "def f(n: int) -> Tensor:\n    return torch.ones(n) * 7\n");

        var kernels = FakeCuda.Get("kernels");
        using var result = function.Invoke(
            new Invocation([PyTree.Leaf<IArgumentLeaf>(new StaticValue(2L))], Device: "cuda:1")
        );
        Assert.Equal([7, 7], result.Values());
        Assert.True(FakeCuda.Get("kernels") > kernels);
    }

    [Fact]
    public async Task A_function_that_writes_into_its_input_leaves_the_callers_array_alone()
    {
        var function = await service.FunctionAsync("writes", "def f(x):\n    x.mul_(3)\n    return x\n");

        using var x = Calls.Floats(1, 2);
        using var result = function.On("cuda:0", x);
        Assert.Equal([3, 6], result.Values());
        Assert.Equal([1, 2], x.AsSpan<float>().ToArray());
    }

    [Fact]
    public async Task An_output_that_is_an_input_is_an_array_of_its_own()
    {
        var function = await service.FunctionAsync("same", "def f(x):\n    return x, x\n");

        using var x = Calls.Floats(1, 2);
        using var result = function.On("cuda:0", x);
        result.Outputs.Leaves[0].AsSpan<float>()[0] = 9;
        Assert.Equal([1, 2], result.Values(1));
        Assert.Equal([1, 2], x.AsSpan<float>().ToArray());
    }

    [Fact]
    public async Task A_seed_gives_the_same_numbers_again()
    {
        var function = await service.FunctionAsync("noise", "def f(x):\n    return x + torch.rand_like(x)\n");

        using var x = Calls.Counting(64);
        var call = Calls.CallOn("cuda:0", x) with { Seed = 7 };
        using var first = function.Invoke(call);
        using var second = function.Invoke(call);
        using var other = function.Invoke(call with { Seed = 8 });
        Assert.Equal(first.Values(), second.Values());
        Assert.NotEqual(first.Values(), other.Values());
    }

    [Fact]
    public async Task What_is_computed_stays_on_the_device_until_the_answer()
    {
        var function = await service.FunctionAsync("cubes", "def f(x):\n    return x * x * x\n");

        using var x = Calls.Counting(32);
        var (ins, outs) = (FakeCuda.Get("bytes_in"), FakeCuda.Get("bytes_out"));
        using var result = function.Invoke(Calls.CallOn("cuda:0", x) with { Transforms = [new Jacrev(Argnums.First)] });
        Assert.Equal(32 * 32, result.Values().Length);
        // The input once, the whole jacobian once: no row of it travels alone.
        Assert.Equal(32 * 4, FakeCuda.Get("bytes_in") - ins);
        Assert.Equal(32 * 32 * 4, FakeCuda.Get("bytes_out") - outs);
    }

    [Fact]
    public async Task A_bound_program_writes_into_the_callers_arrays_and_allocates_nothing_managed()
    {
        var function = await service.FunctionAsync("bound", "def f(x, y):\n    return x * y, x - y\n");
        using var x = Calls.Counting(1 << 16);
        using var y = Calls.Counting(1 << 16);
        using var program = function.Bind(Calls.CallOn("cuda:0", x, y));
        using var product = NDArray.Allocate(DType.Float32, 1 << 16);
        using var difference = NDArray.Allocate(DType.Float32, 1 << 16);
        NDArray[] inputs = [x, y];
        NDArray[] outputs = [product, difference];
        for (var i = 0; i < 30; i++)
        {
            program.RunInto(inputs, outputs);
        }

        var pageable = FakeCuda.Get("pageable");
        var before = GC.GetAllocatedBytesForCurrentThread();
        program.RunInto(inputs, outputs);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(25, product.AsSpan<float>()[5]);
        Assert.Equal(0, difference.AsSpan<float>()[5]);
        Assert.Equal(pageable, FakeCuda.Get("pageable"));
    }
}
