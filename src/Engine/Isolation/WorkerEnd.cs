using System.Globalization;

namespace Torch2Jax.Isolation;

/// <summary>What a process's wait status says to a person.</summary>
internal static class WorkerEnd
{
    public const int Kill = 9;

    private static readonly Dictionary<int, (string Name, string Meaning)> Signals = new()
    {
        [4] = ("SIGILL", "an instruction that this processor does not have"),
        [6] = ("SIGABRT", "libtorch gave up"),
        [7] = ("SIGBUS", "memory that is not there"),
        [8] = ("SIGFPE", "a division that the processor refuses"),
        [Kill] = ("SIGKILL", "ended from outside, most likely because memory ran out"),
        [11] = ("SIGSEGV", "it touched memory that is not its own, or its stack overflowed"),
        [24] = ("SIGXCPU", "it used more processor time than it may"),
        [31] = ("SIGSYS", "it asked the system for what it may not have"),
    };

    /// <summary>The signal that ended it; 0 where it ended by itself.</summary>
    public static int SignalOf(int status) => status < 0 ? 0 : status & 0x7F;

    /// <summary>A signal's name, <c>SIGSEGV</c>.</summary>
    public static string NameOf(int signal) =>
        Signals.TryGetValue(signal, out var known)
            ? known.Name
            : string.Create(CultureInfo.InvariantCulture, $"signal {signal}");

    /// <summary><c>SIGFPE (a division that the processor refuses)</c>, or its exit code.</summary>
    public static string Describe(int status)
    {
        int signal = SignalOf(status);
        if (signal == 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"exit code {(status >> 8) & 0xFF}");
        }
        return Signals.TryGetValue(signal, out var known) ? $"{known.Name} ({known.Meaning})" : NameOf(signal);
    }
}
