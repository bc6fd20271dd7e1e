using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

/// <summary>What calls hold is counted, and held to limits: the call's own and the process's.</summary>
[Collection(NativeCollection.Name)]
public sealed class NativeMemoryTests : IDisposable
{
    private const int Mebi = 1 << 20;
    private const string Grow = "def fn(n: int) -> Tensor:\n    return torch.ones([n, 1 << 18])\n";

    private static ITorchBackend Backend => NativeFixture.Backend;

    // What other tests left to the collector would be counted as other calls' memory.
    public NativeMemoryTests()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    public void Dispose() => Backend.LimitMemory("cpu", 0);

    [Fact]
    public void The_peak_is_what_was_held_at_once_without_the_callers_arrays()
    {
        using ITorchProgram one = NativeFixture.Expression("x + 1.0", "x");
        using ITorchProgram chain = NativeFixture.Expression("((x + 1.0) * 2.0) - 3.0", "x");
        using ITorchProgram pair = NativeFixture.Expression("(x + 1.0) * (x - 1.0)", "x");
        // Numbers of the source are tensors of a few bytes.
        Assert.InRange(Peak(one), Mebi, Mebi + 64);
        Assert.InRange(Peak(chain), 2 * Mebi, (2 * Mebi) + 64);
        Assert.InRange(Peak(pair), 3 * Mebi, (3 * Mebi) + 64);
        // Another call of the same thread begins at nothing.
        Assert.InRange(Peak(one), Mebi, Mebi + 64);
    }

    [Fact]
    public void What_shards_hold_on_other_threads_counts_for_the_call()
    {
        using ITorchProgram program = NativeFixture.Program(
            "def fn(x: Tensor) -> Tensor:\n    return torch.ones([4, 1 << 18]).sum() + x\n",
            1,
            "S mesh=4 devices=cpu:0,cpu:1,cpu:2,cpu:3 in=0 out=0\n"
        );
        using NDArray x = NDArray.FromArray([1f, 2, 3, 4], 4);
        Assert.InRange(program.Peak(x), 4 * Mebi, 17 * Mebi);
        var own = Assert.Throws<MemoryException>(() => program.Run([x], new RunOptions(MaxBytes: 3 * Mebi)));
        Assert.Equal(ErrorCode.ExecutionFailed, own.Code);
        Assert.Contains(
            $"more than the {3 * Mebi} bytes that one call may hold",
            own.Message,
            StringComparison.Ordinal
        );

        using ITorchProgram ones = Ones(8);
        using NDArray held = ones.Run([], default).Outputs[0];
        Backend.LimitMemory("cpu", Backend.Counters.AllocatedBytes + (2 * Mebi));
        Assert.Equal(ErrorCode.Overloaded, Assert.Throws<MemoryException>(() => program.Run([x], default)).Code);
        Backend.LimitMemory("cpu", 0);
        Assert.InRange(program.Peak(x), 4 * Mebi, 17 * Mebi);
    }

    [Fact]
    public void A_call_over_its_own_limit_fails_and_the_next_one_works()
    {
        using ITorchProgram program = Ones(3);
        var error = Assert.Throws<MemoryException>(() => program.Run([], new RunOptions(MaxBytes: 2 * Mebi)));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        using NDArray good = program.Run([], new RunOptions(MaxBytes: 3 * Mebi)).Outputs[0];
        Assert.Equal(1f, good.AsSpan<float>()[^1]);
    }

    [Fact]
    public void A_call_that_alone_is_over_the_processs_limit_fails_whatever_else_runs()
    {
        using ITorchProgram big = Ones(64);
        using ITorchProgram small = Ones(2);
        Backend.LimitMemory("cpu", Backend.Counters.AllocatedBytes + (32 * Mebi));
        var error = Assert.Throws<MemoryException>(() => big.Run([], default));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains($"asked for {64 * Mebi} more", error.Message, StringComparison.Ordinal);
        using NDArray held = small.Run([], default).Outputs[0];
        Assert.Equal(ErrorCode.ExecutionFailed, Assert.Throws<MemoryException>(() => big.Run([], default)).Code);
        small.Run([], default).Outputs[0].Dispose();
    }

    [Fact]
    public void A_call_that_other_calls_memory_stands_in_the_way_of_is_told_to_try_again_and_works_then()
    {
        using ITorchProgram program = Ones(20);
        Backend.LimitMemory("cpu", Backend.Counters.AllocatedBytes + (32 * Mebi));
        NDArray held = program.Run([], default).Outputs[0];
        var error = Assert.Throws<MemoryException>(() => program.Run([], default));
        Assert.Equal(ErrorCode.Overloaded, error.Code);
        Assert.Contains($"other calls and their results hold {20 * Mebi}", error.Message, StringComparison.Ordinal);
        held.Dispose();
        program.Run([], default).Outputs[0].Dispose();
    }

    [Fact]
    public void What_is_kept_for_reuse_is_given_back_before_a_call_is_refused()
    {
        Backend.Trim();
        using ITorchProgram seven = Ones(7);
        using ITorchProgram nine = Ones(9);
        seven.Run([], default).Outputs[0].Dispose();
        Assert.InRange(Backend.Counters.CachedBytes, 7 * Mebi, 8 * Mebi);
        Backend.LimitMemory("cpu", Backend.Counters.AllocatedBytes + (10 * Mebi));
        using (NDArray result = nine.Run([], default).Outputs[0])
        {
            Assert.InRange(Backend.Counters.CachedBytes, 0, Mebi);
        }
        // Blocks that come back are kept only as far as the limit goes.
        Assert.InRange(Backend.Counters.CachedBytes, 0, 10 * Mebi);
    }

    [Fact]
    public async Task Many_calls_of_any_size_under_a_small_limit_give_right_answers_or_say_why_not()
    {
        const int Limit = 24;
        const int Calls = 400;
        ITorchProgram[] programs = [.. Enumerable.Range(1, 40).Select(Ones)];
        long before = Backend.Counters.AllocatedBytes;
        Backend.LimitMemory("cpu", before + (Limit * Mebi));
        var seen = new System.Collections.Concurrent.ConcurrentBag<(int Size, ErrorCode? Code)>();
        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(seed => Task.Run(() => Hammer(programs, new Random(seed), seen, Calls)))
        );
        Assert.All(
            seen,
            call =>
                Assert.True(
                    call.Size > Limit
                        ? call.Code == ErrorCode.ExecutionFailed
                        : call.Code is null or ErrorCode.Overloaded,
                    $"{call.Size} MiB: {call.Code}"
                )
        );
        Assert.Contains(seen, call => call.Code is null);
        Assert.Contains(seen, call => call.Code == ErrorCode.Overloaded);
        Assert.Equal(before, Backend.Counters.AllocatedBytes);
        using (NDArray alone = programs[Limit - 1].Run([], default).Outputs[0])
        {
            Assert.Equal(Limit * Mebi, Backend.Counters.AllocatedBytes - before);
        }
        Array.ForEach(programs, program => program.Dispose());
    }

    [Fact]
    public void A_device_that_is_not_here_has_no_limit_to_set() =>
        Assert.Equal(
            ErrorCode.InvalidDevice,
            Assert.Throws<EngineException>(() => Backend.LimitMemory("cuda:63", 1)).Code
        );

    private static void Hammer(
        ITorchProgram[] programs,
        Random random,
        System.Collections.Concurrent.ConcurrentBag<(int, ErrorCode?)> seen,
        int calls
    )
    {
        for (int i = 0; i < calls; i++)
        {
            int size = random.Next(1, programs.Length + 1);
            try
            {
                using NDArray result = programs[size - 1].Run([], default).Outputs[0];
                Assert.Equal([size, 1L << 18], result.Shape.ToArray());
                Assert.Equal(1f, result.AsSpan<float>()[random.Next((int)result.Size)]);
                seen.Add((size, null));
            }
            catch (MemoryException error)
            {
                seen.Add((size, error.Code));
            }
        }
    }

    // So many MiB.
    private static ITorchProgram Ones(int mebibytes)
    {
        using ICompiledFunction function = Backend.Compile(Grow, null);
        return function.CreateProgram($"i{mebibytes};", "");
    }

    private static long Peak(ITorchProgram program)
    {
        using NDArray x = NDArray.Allocate(DType.Float32, 1 << 18);
        return program.Peak(x);
    }
}

/// <summary>What a run said it held.</summary>
internal static class Peaks
{
    public static long Peak(this ITorchProgram program, NDArray input)
    {
        ProgramResult result = program.Run([input], default);
        foreach (NDArray output in result.Outputs)
        {
            output.Dispose();
        }
        return result.PeakBytes;
    }
}
