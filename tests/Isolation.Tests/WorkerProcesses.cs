using System.Diagnostics;
using System.Globalization;

namespace Torch2Jax.Isolation.Tests;

/// <summary>Workers as the system sees them.</summary>
internal static class WorkerProcesses
{
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
    public static int BusiestOf(Func<IReadOnlyList<int>> workers)
    {
        while (true)
        {
            long[] before = [.. workers().Select(Ticks)];
            int[] pids = [.. workers()];
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
