using System.Diagnostics;
using System.Text;

namespace Torch2Jax.MSBuild.Tests.Support;

/// <summary>How a process ended and what it wrote.</summary>
internal sealed record Outcome(int Code, string Output, string Errors)
{
    public string All => Output + Errors;

    public int Count(string text) => All.Split(text).Length - 1;

    public Outcome Succeeds()
    {
        Assert.True(Code == 0, $"It ended with {Code}:\n{All}");
        return this;
    }

    public Outcome Fails()
    {
        Assert.True(Code != 0, $"It succeeded:\n{All}");
        return this;
    }
}

/// <summary>A process that a test starts; it is ended with the test if it has not by itself.</summary>
internal sealed class Command : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    public Command(
        string program,
        IEnumerable<string> arguments,
        string folder,
        params IEnumerable<(string Name, string? Value)> environment
    )
    {
        // Tests that run in a shell's background ignore SIGINT, and what they start would inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,QUIT", program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // Where functions run is the test's to say; build servers would outlive it.
        foreach (var name in new[] { "TORCH2JAX_URL", "TORCH2JAX_API_KEY", "TORCH2JAX_DATABASE", "TORCH2JAX_DATA" })
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(errors, line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public static Outcome Run(
        string program,
        IEnumerable<string> arguments,
        string folder,
        params IEnumerable<(string Name, string? Value)> environment
    )
    {
        using var command = new Command(program, arguments, folder, environment);
        return command.Wait();
    }

    public void WaitForOutput(string text)
    {
        using var limit = new CancellationTokenSource(Longest);
        while (!Written(output).Contains(text, StringComparison.Ordinal))
        {
            Assert.False(process.HasExited, $"It ended before '{text}' came:\n{Written(output)}{Written(errors)}");
            limit.Token.ThrowIfCancellationRequested();
            Thread.Sleep(20);
        }
    }

    public void Interrupt() => Run("kill", ["-INT", $"{process.Id}"], "/").Succeeds();

    public Outcome Wait()
    {
        Assert.True(process.WaitForExit(Longest), $"It did not end:\n{Written(output)}{Written(errors)}");
        process.WaitForExit();
        return new Outcome(process.ExitCode, Written(output), Written(errors));
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private static void Add(StringBuilder to, string? line)
    {
        lock (to)
        {
            if (line is not null)
            {
                to.Append(line).Append('\n');
            }
        }
    }

    private static string Written(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
