using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

/// <summary>Nothing native stays alive behind the objects that stand for it.</summary>
[Collection(NativeCollection.Name)]
public sealed class NativeCounterTests
{
    [Fact]
    public void Handles_and_tensors_return_to_where_they_were()
    {
        TorchCounters before = Settle();
        for (int i = 0; i < 20; i++)
        {
            using ITorchProgram program = NativeFixture.Program(
                "def fn(x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:\n    return x, x * 2.0, x[:0]\n",
                1
            );
            using NDArray x = NDArray.FromArray([1f, 2f], 2);
            ProgramResult result = program.Run([x], default);
            program.Infer([x.Aval], allowZeros: true, default);
            TorchCounters during = NativeFixture.Backend.Counters;
            Assert.Equal(before.Programs + 1, during.Programs);
            Assert.Equal(before.Results + 1, during.Results);
            foreach (NDArray output in result.Outputs)
            {
                output.Dispose();
            }
        }
        AssertSettled(before);
    }

    [Fact]
    public void Failures_leave_nothing_behind()
    {
        TorchCounters before = Settle();
        using (ITorchProgram program = NativeFixture.Expression("torch.mm(x, x)", "x"))
        using (NDArray x = NDArray.FromArray([1f, 2f], 2))
        using (NDArray output = NDArray.Allocate(DType.Float32, 2))
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Throws<EngineException>(() => program.Run([x], default));
                Assert.Throws<EngineException>(() => program.RunInto([x], [output], default));
                Assert.Throws<EngineException>(() => program.Infer([x.Aval], allowZeros: true, default));
                Assert.Throws<EngineException>(() => NativeFixture.Backend.Compile("def fn(", null));
                Assert.Throws<EngineException>(() => NativeFixture.Backend.LoadArchive([1, 2, 3], "forward", false));
            }
        }
        AssertSettled(before);
    }

    [Fact]
    public void Outputs_that_nobody_disposed_of_are_freed_when_they_are_collected()
    {
        TorchCounters before = Settle();
        RunAndForget();
        AssertSettled(before);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void RunAndForget()
        {
            ITorchProgram program = NativeFixture.Program(
                "def fn(x: Tensor) -> Tuple[Tensor, Tensor]:\n    return x + 1.0, x * 2.0\n",
                1
            );
            program.Run([NDArray.FromArray([1f, 2f], 2)], default);
        }
    }

    [Fact]
    public async Task Calls_from_eight_threads_give_each_its_own_result_and_leave_nothing_behind()
    {
        TorchCounters before = Settle();
        using (ITorchProgram program = NativeFixture.Expression("torch.mm(x, x) * 2.0 + torch.sin(x)", "x"))
        {
            await Task.WhenAll(
                Enumerable
                    .Range(1, 8)
                    .Select(n =>
                        Task.Factory.StartNew(
                            () => CallMany(program, n),
                            CancellationToken.None,
                            TaskCreationOptions.LongRunning, // a thread of its own
                            TaskScheduler.Default
                        )
                    )
            );
        }
        AssertSettled(before);
    }

    private static void CallMany(ITorchProgram program, float value)
    {
        using NDArray x = NDArray.FromArray([value, 0, 0, value], 2, 2);
        using NDArray into = NDArray.Allocate(DType.Float32, 2, 2);
        float expected = value * value * 2 + MathF.Sin(value);
        for (int i = 0; i < 500; i++)
        {
            using NDArray output = program.Run([x], default).Outputs[0];
            program.RunInto([x], [into], default);
            Assert.Equal(expected, output.AsSpan<float>()[3], 1e-4f);
            Assert.Equal(expected, into.AsSpan<float>()[0], 1e-4f);
            Assert.Equal(0, into.AsSpan<float>()[1]);
        }
    }

    private static TorchCounters Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return NativeFixture.Backend.Counters;
    }

    private static void AssertSettled(TorchCounters before)
    {
        TorchCounters after = Settle();
        Assert.Equal(
            (before.Functions, before.Programs, before.Results, before.Errors, before.Tensors),
            (after.Functions, after.Programs, after.Results, after.Errors, after.Tensors)
        );
    }
}
