using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Torch2Jax.Bench;

/// <summary>A program of bench/peers that measures plain libtorch and prints the nanoseconds of one call.</summary>
internal sealed class Peer(string program)
{
    public double NanosecondsPerCall(params IEnumerable<object> arguments)
    {
        var texts = arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!);
        using var process = Process.Start(new ProcessStartInfo(program, texts) { RedirectStandardOutput = true })!;
        var answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonDocument.Parse(answer).RootElement.GetProperty("ns_per_call").GetDouble()
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {answer}");
    }
}
