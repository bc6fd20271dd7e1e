using System.Diagnostics;
using System.Text;

namespace Torch2Jax.MSBuild;

/// <summary>One run of the tool; libtorch lives and dies in it.</summary>
internal sealed class ToolProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    public ToolProcess(
        string tool,
        IEnumerable<string> arguments,
        Action<ProcessStartInfo> settings,
        Action<string> onError
    )
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(tool);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        settings(start);
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => output.Append(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            if (!string.IsNullOrWhiteSpace(line.Data))
            {
                onError(line.Data);
            }
        };
    }

    /// <summary>What it wrote on standard output; whole once it has ended.</summary>
    public string Output => output.ToString();

    /// <summary>Starts it and waits for its end.</summary>
    public int Run()
    {
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Ends it, whatever it does.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It never started, or has ended: there is nothing left to end.
        }
    }

    public void Dispose() => process.Dispose();
}
