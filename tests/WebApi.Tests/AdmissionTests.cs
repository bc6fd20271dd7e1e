using Torch2Jax.Errors;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Tests;

public sealed class AdmissionTests : IDisposable
{
    private readonly Tracked arguments = new();

    public void Dispose() => arguments.Dispose();

    [Fact]
    public async Task A_full_queue_turns_calls_away_and_frees_their_arguments()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1, Queue = 1 });
        using var hold = new ManualResetEventSlim();
        var running = gate.RunAsync(null, null, () => Wait(hold), null, default);
        var waiting = gate.RunAsync("cpu:3", null, () => "second", null, default);
        var refused = await Assert.ThrowsAsync<EngineException>(() =>
            gate.RunAsync("cpu", null, () => "third", arguments, default)
        );
        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        Assert.Equal(1, arguments.Disposed);
        hold.Set();
        Assert.Equal("first", await running);
        Assert.Equal("second", await waiting);
        Assert.Equal("fourth", await gate.RunAsync("cpu", null, () => "fourth", null, default));
        Assert.All(gate.Load, load => Assert.Equal((0, 0), (load.Running, load.Waiting)));
    }

    [Fact]
    public async Task Each_GPU_has_a_queue_and_a_name_that_is_no_device_has_none()
    {
        var options = new AdmissionOptions
        {
            Concurrency = 1,
            DeviceConcurrency = 2,
            Queue = 0,
        };
        var gate = new CallGate(options, ["cuda:0", "cuda:1"]);
        using var hold = new ManualResetEventSlim();
        Task<string> Held(string? device) => gate.RunAsync(device, null, () => Wait(hold), null, default);
        Task<string>[] running = [Held(null), Held("cuda:0"), Held("cuda"), Held("cuda:1")];
        Assert.Equal("first", await gate.RunAsync("cuda:1", null, () => "first", null, default));
        foreach (var full in (string?[])["cpu", "cpu:7", "cuda:0", "cuda", "cuda:9", "gpu", ""])
        {
            var refused = await Assert.ThrowsAsync<EngineException>(() => Held(full));
            Assert.Equal(ErrorCode.Overloaded, refused.Code);
        }

        hold.Set();
        await Task.WhenAll(running);
        Assert.Equal(["cpu", "cuda:0", "cuda:1"], gate.Load.Select(load => load.Device).Order());
        Assert.Equal(4, gate.GpuCalls);
    }

    [Fact]
    public async Task A_run_beyond_its_deadline_is_counted_until_it_ends_and_lets_others_in()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1, MaxStuck = 2 });
        using var hold = new ManualResetEventSlim();
        var late = await Assert.ThrowsAsync<EngineException>(() =>
            gate.RunAsync(null, 1000, () => Wait(hold), arguments, default)
        );
        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);
        Assert.Equal(1, gate.Stuck.Count);
        Assert.Equal(0, arguments.Disposed);
        Assert.Equal("next", await gate.RunAsync(null, null, () => "next", null, default));
        hold.Set();
        await EventuallyAsync(() => gate.Stuck.Count == 0 && arguments.Disposed == 1);
        Assert.Equal("last", await gate.RunAsync(null, null, () => "last", null, default));
    }

    [Fact]
    public async Task A_run_on_its_callers_thread_is_told_of_its_deadline_from_another_one()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1 });
        using var hold = new ManualResetEventSlim();
        var told = new TaskCompletionSource<EngineException>();
        Task<string> Call() =>
            gate.RunAsync(
                null,
                200,
                () => Wait(hold),
                arguments,
                default,
                error =>
                {
                    told.SetResult(error);
                    return Task.CompletedTask;
                }
            );
        var call = Task.Run(Call);
        Assert.Equal(ErrorCode.DeadlineExceeded, (await told.Task).Code);
        Assert.False(call.IsCompleted);
        Assert.Equal(1, gate.Stuck.Count);
        Assert.Equal("next", await gate.RunAsync(null, null, () => "next", null, default));
        hold.Set();
        Assert.Equal(ErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<EngineException>(() => call)).Code);
        Assert.Equal(0, gate.Stuck.Count);
        Assert.Equal(1, arguments.Disposed);
    }

    [Fact]
    public async Task A_run_on_its_callers_thread_gives_its_result_there()
    {
        var gate = new CallGate(new AdmissionOptions());
        var mine = Environment.CurrentManagedThreadId;
        var call = gate.RunAsync(
            null,
            null,
            () => $"{Environment.CurrentManagedThreadId}",
            null,
            default,
            _ => Task.CompletedTask
        );
        Assert.True(call.IsCompleted);
        Assert.Equal($"{mine}", await call);
    }

    [Fact]
    public async Task Too_many_stuck_runs_are_told_and_keep_their_slots()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1, MaxStuck = 1 });
        using var hold = new ManualResetEventSlim();
        await Assert.ThrowsAsync<EngineException>(() => gate.RunAsync(null, 1000, () => Wait(hold), null, default));
        Assert.True(gate.Stuck.TooMany);
        var waiting = await Assert.ThrowsAsync<EngineException>(() =>
            gate.RunAsync(null, 20, () => "never", arguments, default)
        );
        Assert.Equal(ErrorCode.DeadlineExceeded, waiting.Code);
        Assert.Equal(1, arguments.Disposed);
        hold.Set();
        await EventuallyAsync(() => !gate.Stuck.TooMany);
        Assert.Equal("again", await gate.RunAsync(null, null, () => "again", null, default));
    }

    [Fact]
    public async Task A_client_that_leaves_gives_up_its_place()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1, Queue = 1 });
        using var hold = new ManualResetEventSlim();
        using var leaving = new CancellationTokenSource();
        var running = gate.RunAsync(null, null, () => Wait(hold), null, default);
        var waiting = gate.RunAsync(null, null, () => "never", arguments, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(1, arguments.Disposed);
        var next = gate.RunAsync(null, null, () => "next", null, default);
        hold.Set();
        Assert.Equal("first", await running);
        Assert.Equal("next", await next);
    }

    [Fact]
    public async Task A_failure_reaches_its_caller_and_nobody_else()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 1 });
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            gate.RunAsync<string>(null, null, () => throw new InvalidOperationException("mine"), arguments, default)
        );
        Assert.Equal(1, arguments.Disposed);
        Assert.Equal("fine", await gate.RunAsync(null, null, () => "fine", null, default));
    }

    [Fact]
    public async Task Many_calls_all_run_once_and_never_more_than_allowed_at_a_time()
    {
        var gate = new CallGate(new AdmissionOptions { Concurrency = 3, Queue = 1000 });
        var (now, most, runs) = (0, 0, 0);
        var calls = Enumerable.Range(0, 500).Select(i => gate.RunAsync(null, null, () => Step(i), null, default));
        var answers = await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), answers);
        Assert.Equal(500, runs);
        Assert.InRange(most, 1, 3);

        string Step(int i)
        {
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            Interlocked.Increment(ref runs);
            Thread.SpinWait(2000);
            Interlocked.Decrement(ref now);
            return $"{i}";
        }
    }

    [Fact]
    public void Bodies_beyond_the_budget_are_turned_away()
    {
        var budget = new BodyBudget(100);
        budget.Take(60);
        Assert.Equal(ErrorCode.Overloaded, Assert.Throws<EngineException>(() => budget.Take(41)).Code);
        Assert.Equal(ErrorCode.PayloadTooLarge, Assert.Throws<EngineException>(() => budget.Take(101)).Code);
        budget.Return(60);
        budget.Take(100);
        Assert.Equal(100, budget.Used);
    }

    private static string Wait(ManualResetEventSlim hold)
    {
        hold.Wait(TimeSpan.FromSeconds(30));
        return "first";
    }

    private static void InterlockedMax(ref int target, int value)
    {
        while (
            Volatile.Read(ref target) is var seen
            && seen < value
            && Interlocked.CompareExchange(ref target, value, seen) != seen
        )
        {
            Thread.SpinWait(1);
        }
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private sealed class Tracked : IDisposable
    {
        private int disposed;

        public int Disposed => Volatile.Read(ref disposed);

        public void Dispose() => Interlocked.Increment(ref disposed);
    }
}
