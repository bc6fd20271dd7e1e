using System.Diagnostics;
using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>Workers come, go and end with their host.</summary>
public sealed class PoolTests
{
    [Fact]
    public void Calls_go_on_while_workers_are_killed_at_random()
    {
        using IsolatedTorchBackend backend = Workers.Start(new IsolationOptions { Restarts = 1000 });
        using ITorchProgram program = backend.Expression("x * 2.0", "x");
        using var stop = new CancellationTokenSource();
        var killer = new Thread(() =>
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                IReadOnlyList<int> pids = backend.WorkerPids;
                if (pids.Count > 0)
                {
                    WorkerProcesses.Signal(pids[random.Next(pids.Count)], "KILL");
                }
                Thread.Sleep(30);
            }
        });
        killer.Start();
        int crashed = 0;
        for (int i = 0; i < 2000; i++)
        {
            try
            {
                Assert.Equal([i * 2f], program.RunOnce([i]));
            }
            catch (CrashException crash)
            {
                // Twice in a row, which is told.
                Assert.Equal("SIGKILL", crash.Signal);
                crashed++;
            }
        }
        stop.Cancel();
        killer.Join();
        Assert.InRange(crashed, 0, 20);
        Assert.True(backend.State.Started > 3, "no worker was replaced");
    }

    [Fact]
    public async Task A_random_function_without_a_seed_is_not_run_again_but_told_to_try_again()
    {
        using IsolatedTorchBackend backend = Workers.Start();
        using ITorchProgram program = backend.Expression(Workers.Stuck + " + torch.rand(1)", "x");
        Task<EngineException> failure = Task.Run(() => Assert.Throws<EngineException>(() => program.RunOnce([1])));
        WorkerProcesses.Signal(WorkerProcesses.BusiestOf(() => backend.WorkerPids), "KILL");
        EngineException error = await failure;
        Assert.Equal(ErrorCode.NotReady, error.Code);
        Assert.Contains("try again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_ends_takes_its_workers_with_it_and_is_started_again()
    {
        using IsolatedTorchBackend backend = Workers.Start();
        using ITorchProgram program = backend.Expression("x + 1.0", "x");
        program.RunOnce([1]);
        int[] old = [.. backend.WorkerPids];
        int template = ParentOf(old[0]);
        WorkerProcesses.Signal(template, "KILL");
        WorkerProcesses.Until(() => !old.Any(WorkerProcesses.Runs));
        Assert.Equal([3f], program.RunOnce([2]));
        Assert.Empty(backend.WorkerPids.Intersect(old));
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void Workers_end_with_their_host_whatever_ends_it(string signal)
    {
        using Process host = Process.Start(
            // What the tests' own parent ignores (nohup does so with HUP) would be ignored by the host too.
            new ProcessStartInfo("env", ["--default-signal", "dotnet", HostProgram()])
            {
                RedirectStandardOutput = true,
                RedirectStandardInput = true,
                Environment = { ["DOTNET_DbgEnableMiniDump"] = "0" },
            }
        )!;
        using var end = new Ending(host);
        int[] pids =
        [
            .. host.StandardOutput.ReadLine()!.Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(3, pids.Length);
        Assert.All(pids, pid => Assert.True(WorkerProcesses.Runs(pid)));
        int template = ParentOf(pids[0]);
        WorkerProcesses.Signal(host.Id, signal);
        host.WaitForExit();
        WorkerProcesses.Until(() => !pids.Append(template).Any(WorkerProcesses.Runs));
    }

    [Fact]
    public void A_pool_that_cannot_start_says_why_without_folders()
    {
        var folder = Directory.CreateTempSubdirectory("t2j-");
        try
        {
            string program = Path.Combine(folder.FullName, "torch2jax-worker");
            File.WriteAllText(program, "#!/bin/sh\necho \"$0: cannot open libtorch_cpu.so\" >&2\nexit 7\n");
            File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
            using IsolatedTorchBackend backend = Workers.Start(new IsolationOptions { Program = program });
            var error = Assert.Throws<EngineException>(() => backend.Expression("x", "x"));
            Assert.Equal(ErrorCode.NotReady, error.Code);
            Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
            Assert.Contains("cannot open libtorch_cpu.so", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(folder.FullName, error.Message, StringComparison.Ordinal);
            Assert.Equal(error.Message, $"The pool of worker processes cannot start: {backend.State.Failure}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_missing_program_is_named()
    {
        using IsolatedTorchBackend backend = Workers.Start(new IsolationOptions { Program = "/nowhere/worker" });
        var error = Assert.Throws<EngineException>(() => backend.Expression("x", "x"));
        Assert.Equal(ErrorCode.NotReady, error.Code);
        Assert.Contains("torch2jax-worker is not beside the native library", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Starts_are_limited_and_the_limit_refills()
    {
        var time = new HandClock();
        var budget = new RestartBudget(10, time);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(TimeSpan.Zero, budget.Take());
        }
        Assert.InRange(budget.Take(), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, budget.Take());
        Assert.Equal(TimeSpan.Zero, budget.Take());
        Assert.True(budget.Take() > TimeSpan.Zero);
    }

    [Fact]
    public void The_sandbox_holds_for_everything_that_was_tried_in_it()
    {
        using IsolatedTorchBackend backend = Workers.Start();
        SandboxReport report = backend.Probe();
        Assert.True(report.NoNewPrivileges);
        Assert.True(report.Unprivileged);
        Assert.True(report.NoNetwork);
        Assert.True(report.NoFiles);
        Assert.True(report.FilteredCalls);
        Assert.True(report.Limits);
        using IsolatedTorchBackend open = Workers.Start(new IsolationOptions { Sandbox = false });
        Assert.False(open.Probe().FilteredCalls);
    }

    [Fact]
    public void Results_that_fill_the_arena_turn_calls_away_until_they_are_let_go()
    {
        using IsolatedTorchBackend backend = Workers.Start(new IsolationOptions { Workers = 1, MaxBytes = 64 << 20 });
        using ITorchProgram program = backend.Expression("x + 1.0", "x");
        using NDArray x = NDArray.FromArray(new float[4 << 20], 4 << 20);
        var held = new List<ProgramResult>();
        var full = Assert.ThrowsAny<EngineException>(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                held.Add(program.Run([x], default));
            }
        });
        Assert.Equal(ErrorCode.Overloaded, full.Code);
        Assert.Contains("other calls and their results hold", full.Message, StringComparison.Ordinal);
        held.ForEach(result => result.Dispose());
        program.Run([x], default).Dispose();
    }

    private static int ParentOf(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static string HostProgram()
    {
        // The same configuration as this assembly's, beside it in the tree.
        string own = AppContext.BaseDirectory.Replace("Isolation.Tests", "Isolation.Host", StringComparison.Ordinal);
        return Path.Combine(own, "Torch2Jax.Isolation.Host.dll");
    }

    /// <summary>Leaves no process behind where a test fails.</summary>
    private sealed class Ending(Process process) : IDisposable
    {
        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private sealed class HandClock : TimeProvider
    {
        private TimeSpan now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now.Ticks;

        public void Advance(TimeSpan by) => now += by;
    }
}
