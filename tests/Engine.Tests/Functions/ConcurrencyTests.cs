using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>Many threads at once, and nothing left behind.</summary>
[Collection(CountedCollection.Name)]
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Eight_threads_register_call_and_delete_without_a_wrong_answer_or_a_leak()
    {
        TorchCounters before = Settled();
        await RunAsync();
        AssertSettled(before);

        static async Task RunAsync()
        {
            await using var fixture = new ServiceFixture();
            await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => WorkAsync(fixture.Service, n))));
        }
    }

    [Fact]
    public async Task Programs_are_evicted_while_they_are_in_use()
    {
        TorchCounters before = Settled();
        await RunAsync();
        AssertSettled(before);

        static async Task RunAsync()
        {
            await using var fixture = new ServiceFixture(
                options: new FunctionServiceOptions { MaxProgramsPerFunction = 3 }
            );
            JaxFunction function = await fixture.Register(
                "f",
                "def fn(x: Tensor, n: int) -> Tensor:\n    return x * n\n"
            );
            await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(t =>
                        Task.Run(() =>
                        {
                            for (int i = 0; i < 100; i++)
                            {
                                long n = (i * (t + 1)) % 17;
                                using NDArray x = NDArray.FromArray([1f, 2f], 2);
                                using InvocationResult result = function.Call(
                                    PyTree.Leaf<IArgumentLeaf>(x),
                                    PyTree.Leaf<IArgumentLeaf>(new StaticValue(n))
                                );
                                Assert.Equal([n, 2f * n], result.Outputs.Floats());
                            }
                        })
                    )
            );
            Assert.InRange(ServiceFixture.Backend.Counters.Programs, 1, 3 + 64);
        }
    }

    [Fact]
    public async Task A_bound_program_outlives_eviction_unloading_and_deletion()
    {
        await using var fixture = new ServiceFixture(
            options: new FunctionServiceOptions { MaxProgramsPerFunction = 1 }
        );
        JaxFunction add = await fixture.Register("add", Add);
        using JaxProgram program = add.Bind(Shape(DType.Float32, 2), Shape(DType.Float32, 2));
        add.Outcome(F32(1), PyTree.Leaf<IArgumentLeaf>(NDArray.FromArray([1.0], 1)));
        fixture.Service.Unload("add");
        await fixture.Service.DeleteAsync("add");
        using NDArray x = NDArray.FromArray([1f, 2f], 2);
        NDArray[] outputs = program.AllocateOutputs();
        program.RunInto([x, x], outputs);
        Assert.Equal([2f, 4f], outputs[0].AsSpan<float>().ToArray());
        outputs[0].Dispose();
    }

    [Fact]
    public async Task A_failed_registration_or_call_leaves_nothing_behind()
    {
        TorchCounters before = Settled();
        await RunAsync();
        AssertSettled(before);

        static async Task RunAsync()
        {
            await using var fixture = new ServiceFixture();
            JaxFunction function = await fixture.Register(
                "f",
                "def fn(x: Tensor) -> Tensor:\n    assert float(x.sum()) > 0.0\n    return x * 2.0\n"
            );
            for (int i = 0; i < 20; i++)
            {
                await Assert.ThrowsAsync<EngineException>(() => fixture.Register("g", "def fn("));
                await Assert.ThrowsAsync<EngineException>(() =>
                    fixture.Register(new RegistrationRequest("g", Add, ExampleArgs: [F32(1)]))
                );
                Assert.Throws<EngineException>(() => function.Call(F32(-1)));
                Assert.Throws<EngineException>(() =>
                    function.Invoke(new Invocation([F32(1)], OutputShapes: Output(DType.Float32, 9)))
                );
            }
        }
    }

    [Fact]
    public async Task A_bound_program_allocates_nothing_per_call()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        using JaxProgram program = add.Bind(Shape(DType.Float32, 8), Shape(DType.Float32, 8));
        using NDArray x = NDArray.FromArray(new float[8], 8);
        NDArray[] inputs = [x, x];
        NDArray[] outputs = program.AllocateOutputs();
        for (int i = 0; i < 200; i++)
        {
            program.RunInto(inputs, outputs);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            program.RunInto(inputs, outputs);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2048);
        outputs[0].Dispose();
    }

    [Fact]
    public async Task A_bound_program_refuses_other_shapes()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction add = await fixture.Register("add", Add);
        using JaxProgram program = add.Bind(Shape(DType.Float32, 2), Shape(DType.Float32, 2));
        using NDArray x = NDArray.FromArray([1f, 2f], 2);
        using NDArray y = NDArray.FromArray([1f], 1);
        EngineException error = Throws(ErrorCode.StructureMismatch, () => program.Run([x, y]));
        Assert.Contains("float32[2], float32[2]", error.Message, StringComparison.Ordinal);
        Throws(ErrorCode.StructureMismatch, () => program.Run([x]));
    }

    private static async Task WorkAsync(FunctionService service, int worker)
    {
        string name = $"f{worker % 3}";
        for (int i = 0; i < 25; i++)
        {
            float factor = 1 + (i % 4);
            try
            {
                await service.RegisterAsync(
                    new RegistrationRequest(name, $"def fn(x: Tensor) -> Tensor:\n    return x * {factor}.0\n")
                );
                JaxFunction function = await service.GetAsync(name);
                float own = function.Version.Content.Source!.Split("* ")[1][0] - '0';
                using NDArray x = NDArray.FromArray([2f], 1);
                using InvocationResult result = function.Call(PyTree.Leaf<IArgumentLeaf>(x));
                Assert.Equal([2f * own], result.Outputs.Floats());
                if (i % 5 == worker % 5)
                {
                    await service.DeleteAsync(name);
                }
            }
            catch (EngineException error) when (error.Code is ErrorCode.FunctionNotFound)
            {
                // Another worker deleted it in between.
            }
        }
    }

    private static TorchCounters Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return ServiceFixture.Backend.Counters;
    }

    private static void AssertSettled(TorchCounters before)
    {
        var watch = Stopwatch.StartNew();
        TorchCounters after = Settled();
        while (after.Functions != before.Functions && watch.ElapsedMilliseconds < 2000)
        {
            Thread.Sleep(20);
            after = Settled();
        }
        Assert.Equal(
            (before.Functions, before.Programs, before.Results, before.Errors, before.Tensors),
            (after.Functions, after.Programs, after.Results, after.Errors, after.Tensors)
        );
    }
}
