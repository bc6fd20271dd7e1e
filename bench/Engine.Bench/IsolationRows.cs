using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Isolation;
using Torch2Jax.Torch;

namespace Torch2Jax.Bench;

/// <summary>The same program in this process and in a worker, in turn; and how soon workers are there.</summary>
internal static class IsolationRows
{
    private const int Rounds = 7;
    private const double MostOverhead = 30_000; // nanoseconds a small call

    public static void Measure(Report report)
    {
        using var native = NativeTorchBackend.Create();
        native.Threads = 1;
        report.Add(Started(native));
        using var isolated = new IsolatedTorchBackend(native);
        Small(report, native, isolated, "overhead_8_floats", "x * 2.0 + 1.0", 8);
        Small(report, native, isolated, "overhead_16_KiB", "torch.sin(x) + x", 4096);
        using var shared = EngineCall.Ramp(1024, 1024);
        using var elsewhere = Elsewhere(shared);
        const string Big = "torch.sin(x) + x";
        Large(report, native, isolated, "run_4_MiB", Big, shared, into: false);
        Large(report, native, isolated, "run_4_MiB_copied_in", Big, elsewhere, into: false);
        Large(report, native, isolated, "run_4_MiB_copied_out", Big, shared, into: true);
        using var huge = EngineCall.Ramp(4096, 4096);
        Large(report, native, isolated, "run_64_MiB", Big, huge, into: false);
        report.Add(Replaced(isolated));
    }

    private static void Small(
        Report report,
        NativeTorchBackend native,
        IsolatedTorchBackend isolated,
        string name,
        string expression,
        int size
    )
    {
        using var x = EngineCall.Ramp(0, size);
        using var here = Compile(native, expression);
        using var there = Compile(isolated, expression);
        var rounds = Enumerable
            .Range(0, Rounds)
            .Select(_ => (Here: PerCall(here, x, 3000, into: false), There: PerCall(there, x, 3000, into: false)))
            .ToArray();
        var overhead = Report.Median(rounds.Select(round => round.There - round.Here));
        report.Add(
            new Row(
                name,
                overhead / MostOverhead,
                1,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{overhead / 1e3:0.0} us more than {Report.Median(rounds.Select(round => round.Here)) / 1e3:0.0} us, of 30 us"
                )
            )
        );
    }

    private static void Large(
        Report report,
        NativeTorchBackend native,
        IsolatedTorchBackend isolated,
        string name,
        string expression,
        NDArray x,
        bool into
    )
    {
        using var here = Compile(native, expression);
        using var there = Compile(isolated, expression);
        var calls = Math.Max(4, (64 << 20) / x.ByteLength);
        report.Add(
            Turns.Measure(name, 1.05, Rounds, () => PerCall(there, x, calls, into), () => PerCall(here, x, calls, into))
        );
    }

    private static Row Started(NativeTorchBackend native)
    {
        var started = Stopwatch.GetTimestamp();
        using var backend = new IsolatedTorchBackend(native);
        using var program = Compile(backend, "x + 1.0");
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return new Row("first_function_compiled_in_1_s", took / 1000, 1, Milliseconds(took));
    }

    private static Row Replaced(IsolatedTorchBackend isolated)
    {
        var times = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            var before = isolated.State.Started;
            var started = Stopwatch.GetTimestamp();
            Process.GetProcessById(isolated.WorkerPids[0]).Kill();
            while (isolated.State.Started == before)
            {
                Thread.Yield();
            }

            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var took = Report.Median(times);
        return new Row("worker_replaced_in_100_ms", took / 100, 1, Milliseconds(took));
    }

    private static ITorchProgram Compile(ITorchBackend backend, string expression)
    {
        using var function = backend.Compile($"def fn(x: Tensor) -> Tensor:\n    return {expression}\n", null);
        return function.CreateProgram("*0;", "");
    }

    private static double PerCall(ITorchProgram program, NDArray x, int calls, bool into)
    {
        using var output = NDArray.Allocate(x.Aval);
        Run(Math.Min(calls, 20));
        var started = Stopwatch.GetTimestamp();
        Run(calls);
        return Stopwatch.GetElapsedTime(started).TotalNanoseconds / calls;

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                if (into)
                {
                    program.RunInto([x], [output], default);
                }
                else
                {
                    program.Run([x], default).Outputs[0].Dispose();
                }
            }
        }
    }

    // An array that another allocator made, which no worker can read where it is.
    private static NDArray Elsewhere(NDArray like)
    {
        var array = NDArray.Wrap(new OwnStorage(like.ByteLength), like.Dtype, like.Shape);
        like.Bytes.CopyTo(array.Bytes);
        return array;
    }

    private static string Milliseconds(double took) => string.Create(CultureInfo.InvariantCulture, $"{took:0.0} ms");

    private sealed class OwnStorage(int bytes) : ArrayStorage(Marshal.AllocHGlobal(bytes), (nuint)bytes)
    {
        protected override bool ReleaseHandle()
        {
            Marshal.FreeHGlobal(handle);
            return true;
        }
    }
}
