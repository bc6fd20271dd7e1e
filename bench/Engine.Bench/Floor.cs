using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Torch2Jax.Bench;

/// <summary>The peer: libtorch called straight from C++ with nothing around it (bench/peers/floor.cpp).</summary>
internal sealed class Floor(string program, string functions)
{
    public double NanosecondsPerCall(Workload work)
    {
        List<string> arguments =
        [
            Path.Combine(functions, work.Function + ".ts"),
            work.Function,
            work.Rows.ToString(CultureInfo.InvariantCulture),
            work.Columns.ToString(CultureInfo.InvariantCulture),
            work.Calls.ToString(CultureInfo.InvariantCulture),
        ];
        if (work.Labels)
        {
            arguments.Add("labels");
        }

        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonDocument.Parse(answer).RootElement.GetProperty("ns_per_call").GetDouble()
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {answer}");
    }
}

/// <summary>A function over one float32 array (and labels), as the peer knows it.</summary>
internal sealed record Workload(
    string Name,
    string Function,
    int Rows,
    int Columns,
    int Calls,
    bool Labels,
    double Goal
);
