using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Functions;

namespace Torch2Jax.Device;

/// <summary>Stored arrays stay on the device that they were used on.</summary>
[Collection(ServiceCollection.Name)]
public sealed class KeptArrayTests(ServiceFixture service)
{
    private const string Source = "def f(p, x):\n    return p[0] + x\n";
    private const int Count = 1 << 18; // 1 MiB

    [Fact]
    public async Task A_stored_array_travels_once()
    {
        var function = await service.FunctionAsync("kept", Source);
        using var host = Calls.Counting(Count);
        using var stored = host.As(Content(1));
        using var x = Calls.Floats(1);

        using var first = function.On("cuda:0", stored, x);
        var before = FakeCuda.Get("bytes_in");
        for (var i = 0; i < 5; i++)
        {
            using var again = function.On("cuda:0", stored, x);
            Assert.Equal(first.Values(), again.Values());
        }

        Assert.Equal(5 * 4, FakeCuda.Get("bytes_in") - before);
    }

    [Fact]
    public async Task Each_device_keeps_its_own()
    {
        var function = await service.FunctionAsync("kept", Source);
        using var host = Calls.Counting(Count);
        using var stored = host.As(Content(2));
        using var x = Calls.Floats(1);
        service.Backend.Trim();

        function.On("cuda:0", stored, x).Dispose();
        function.On("cuda:1", stored, x).Dispose();
        Assert.Equal(2, service.Backend.Counters.Arrays);
        service.Backend.Trim();
        Assert.Equal(0, service.Backend.Counters.Arrays);
        function.On("cuda:1", stored, x).Dispose();
    }

    [Fact]
    public async Task Callers_that_come_at_once_copy_it_once()
    {
        var function = await service.FunctionAsync("kept", Source);
        using var host = Calls.Counting(Count);
        using var stored = host.As(Content(3));
        using var slow = FakeCuda.With("copy_ns_per_kib", 20_000);

        var before = FakeCuda.Get("bytes_in");
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        using var x = Calls.Floats(1);
                        function.On("cuda:0", stored, x).Dispose();
                    })
                )
        );
        Assert.Equal(Count * 4 + 8 * 4, FakeCuda.Get("bytes_in") - before);
    }

    [Fact]
    public async Task A_function_that_writes_into_it_changes_nothing_of_it()
    {
        var function = await service.FunctionAsync("spoils", "def f(p):\n    p.add_(1)\n    return p\n");
        using var host = Calls.Floats(1, 2);
        using var stored = host.As(Content(4));

        for (var i = 0; i < 3; i++)
        {
            using var result = function.On("cuda:0", stored);
            Assert.Equal([2, 3], result.Values());
        }
    }

    [Fact]
    public async Task What_was_not_used_for_longest_goes_first_and_memory_is_bounded()
    {
        service.Backend.Trim();
        var function = await service.FunctionAsync("kept", Source);
        using var x = Calls.Floats(1);
        var limit = FakeCuda.Get("device_bytes") / 2;
        const int Big = 128 << 20;
        using var host = NDArray.Allocate(DType.UInt8, Big);
        host.Bytes.Clear();
        var stored = Enumerable.Range(10, 6).Select(i => host.As(Content(i))).ToArray(); // 768 MiB of a limit of 512
        foreach (var array in stored)
        {
            function.On("cuda:0", array, x).Dispose();
        }

        Assert.Equal(limit / Big, service.Backend.Counters.Arrays);
        var before = FakeCuda.Get("bytes_in");
        function.On("cuda:0", stored[5], x).Dispose();
        Assert.Equal(4, FakeCuda.Get("bytes_in") - before);
        function.On("cuda:0", stored[0], x).Dispose();
        Assert.Equal(8 + Big, FakeCuda.Get("bytes_in") - before);
        service.Backend.Trim();
    }

    [Fact]
    public async Task Kept_arrays_make_room_before_a_call_fails_for_memory()
    {
        service.Backend.Trim();
        var function = await service.FunctionAsync("kept", Source);
        var doubled = await service.FunctionAsync("doubled", "def f(x):\n    return x + x\n");
        using var x = Calls.Floats(1);
        using var host = NDArray.Allocate(DType.UInt8, 256 << 20);
        host.Bytes.Clear();
        using var stored = host.As(Content(20));
        function.On("cuda:0", stored, x).Dispose();
        Assert.Equal(1, service.Backend.Counters.Arrays);

        using var big = NDArray.Allocate(DType.UInt8, 400 << 20);
        big.Bytes.Clear();
        doubled.On("cuda:0", big).Dispose(); // 800 MiB of 1 GiB
        Assert.Equal(0, service.Backend.Counters.Arrays);
    }

    private static ContentKey Content(int number) => new($"{number:x64}", 0);
}
