using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>What ends a worker is told to its caller by name, and harms nobody else.</summary>
public sealed class CrashTests(PoolFixture pool) : IClassFixture<PoolFixture>
{
    private readonly IsolatedTorchBackend backend = pool.Backend;

    [Theory]
    [InlineData("SEGV", "SIGSEGV")]
    [InlineData("FPE", "SIGFPE")]
    [InlineData("ABRT", "SIGABRT")]
    [InlineData("BUS", "SIGBUS")]
    [InlineData("ILL", "SIGILL")]
    public async Task A_signal_in_the_middle_of_a_call_is_the_functions_own_error(string signal, string name)
    {
        using ITorchProgram program = backend.Expression(Workers.Stuck, "x");
        Task<CrashException> failure = Task.Run(() =>
            Assert.Throws<CrashException>(() => program.RunOnce([1], default))
        );
        WorkerProcesses.Signal(WorkerProcesses.BusiestOf(() => backend.WorkerPids), signal);
        CrashException crash = await failure;
        Assert.Equal((ErrorCode.ExecutionFailed, name), (crash.Code, crash.Signal));
        Assert.Contains(name, crash.Message, StringComparison.Ordinal);
        StillWorks();
    }

    [Fact]
    public void A_call_past_its_time_is_ended_with_its_worker_and_the_next_one_finds_another()
    {
        using ITorchProgram program = backend.Expression(Workers.Stuck, "x");
        int[] before = [.. backend.WorkerPids];
        var late = Assert.Throws<EngineException>(() => program.RunOnce([1], new RunOptions(TimeoutMs: 300)));
        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);
        StillWorks();
        WorkerProcesses.Until(() =>
            before.Count(WorkerProcesses.Runs) == before.Length - 1 && backend.WorkerPids.Count == 3
        );
    }

    [Fact]
    public void A_loop_without_end_ends_with_its_time()
    {
        using ITorchProgram program = backend.Program(
            "def fn(x: Tensor) -> Tensor:\n    while bool((x < 2.0).all()):\n        x = x * 1.0\n    return x\n",
            1
        );
        var late = Assert.ThrowsAny<EngineException>(() => program.RunOnce([1], new RunOptions(TimeoutMs: 200)));
        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);
        Assert.Contains("time", late.Message, StringComparison.Ordinal);
        StillWorks();
    }

    [Fact]
    public void A_hundred_gibibytes_are_refused_and_the_worker_goes_on()
    {
        using ITorchProgram program = backend.Expression("torch.ones([25, 1 << 30]) + x", "x");
        int[] before = [.. backend.WorkerPids];
        var error = Assert.ThrowsAny<EngineException>(() => program.RunOnce([1]));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains("bytes of memory left", error.Message, StringComparison.Ordinal);
        StillWorks();
        Assert.Equal(before.Order(), backend.WorkerPids.Order());
    }

    [Fact]
    public void Memory_in_small_pieces_ends_at_the_limit_too()
    {
        using IsolatedTorchBackend small = Workers.Start(new IsolationOptions { MaxBytes = 64 << 20 });
        using ITorchProgram program = small.Program(
            "def fn(x: Tensor) -> Tensor:\n    xs: List[Tensor] = []\n    for i in range(200000):\n"
                + "        xs.append(x + torch.ones(4096))\n    return xs[0]\n",
            1
        );
        var error = Assert.ThrowsAny<EngineException>(() => program.RunOnce([1]));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        using ITorchProgram good = small.Expression("x + 1.0", "x");
        Assert.Equal([2f], good.RunOnce([1]));
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.Divisions), MemberType = typeof(CrashCorpus))]
    public void The_smallest_integer_over_minus_one_is_answered(string expression)
    {
        using ITorchProgram program = backend.Expression(expression, "x", "y");
        using NDArray x = NDArray.FromArray([long.MinValue], 1);
        using NDArray y = NDArray.FromArray([-1L], 1);
        program.Run([x, y], default).Dispose();
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.OutsideMemory), MemberType = typeof(CrashCorpus))]
    public void What_leads_outside_memory_is_the_functions_own_error(string expression)
    {
        var error = Assert.ThrowsAny<EngineException>(() =>
        {
            using ITorchProgram program = backend.Expression(expression, "x");
            using NDArray x = NDArray.FromArray([1f, 2, 3], 1, 1, 3);
            program.Run([x], default);
        });
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
    }

    [Fact]
    public void A_source_nested_too_deeply_is_refused_and_one_that_calls_itself_does_not_compile()
    {
        string deep = new string('(', 20_000) + "x" + new string(')', 20_000);
        Assert.ThrowsAny<EngineException>(() => backend.Expression(deep, "x"));
        Assert.ThrowsAny<EngineException>(() =>
            backend.Program("def fn(x: Tensor) -> Tensor:\n    return fn(x) + 1.0\n", 1)
        );
        StillWorks();
    }

    private void StillWorks()
    {
        using ITorchProgram good = backend.Expression("x + 1.0", "x");
        Assert.Equal([2f], good.RunOnce([1]));
    }
}
