using System.Diagnostics;
using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Isolation;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>Pools of real workers, and short ways to call functions in them.</summary>
internal static class Workers
{
    /// <summary>A product that takes tens of seconds in one operator, which no deadline of a loop can end.</summary>
    public const string Stuck = "torch.matmul(x.expand(9000, 9000), x.expand(9000, 9000))";

    public static IsolatedTorchBackend Start(IsolationOptions? options = null) => new(NativeFixture.Backend, options);

    public static ITorchProgram Expression(this ITorchBackend backend, string expression, params string[] names)
    {
        string arguments = string.Join(", ", names.Select(name => $"{name}: Tensor"));
        return backend.Program($"def fn({arguments}) -> Tensor:\n    return {expression}\n", names.Length);
    }

    public static ITorchProgram Program(this ITorchBackend backend, string source, int inputs, string transforms = "")
    {
        using ICompiledFunction function = backend.Compile(source, null);
        return function.CreateProgram(string.Concat(Enumerable.Range(0, inputs).Select(i => $"*{i};")), transforms);
    }

    public static float[] RunOnce(this ITorchProgram program, float[] values, RunOptions options = default)
    {
        using NDArray x = NDArray.FromArray(values, values.Length);
        ProgramResult result = program.Run([x], options);
        float[] read = result.Outputs[0].AsSpan<float>().ToArray();
        result.Dispose();
        return read;
    }

    public static void Dispose(this ProgramResult result)
    {
        foreach (NDArray output in result.Outputs)
        {
            output.Dispose();
        }
    }

    /// <summary>Waits until something holds; a test that waits for ever is ended by its runner.</summary>
    public static void Until(Func<bool> holds)
    {
        while (!holds())
        {
            Thread.Sleep(2);
        }
    }

    /// <summary>Sends a signal, <c>SEGV</c>.</summary>
    public static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Whether a process runs; one that ended and was not yet waited for does not.</summary>
    public static bool Runs(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The worker that spends processor time while the others wait.</summary>
    public static int BusiestOf(IsolatedTorchBackend backend)
    {
        while (true)
        {
            long[] before = [.. backend.WorkerPids.Select(Ticks)];
            int[] pids = [.. backend.WorkerPids];
            Thread.Sleep(50);
            for (int i = 0; i < Math.Min(before.Length, pids.Length); i++)
            {
                if (Ticks(pids[i]) >= before[i] + 3)
                {
                    return pids[i];
                }
            }
        }
    }

    private static long Ticks(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
