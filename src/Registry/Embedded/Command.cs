using System.ComponentModel;
using System.Diagnostics;

namespace Torch2Jax.Registry.Embedded;

/// <summary>Runs a program to its end with nothing of this process's environment but what it needs.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static CommandResult Run(string program, params ReadOnlySpan<string> arguments) =>
        RunAsync(program, arguments.ToArray(), null, CancellationToken.None).GetAwaiter().GetResult();

    public static async Task<CommandResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            // A program may find itself through its folder: it must be able to come back to this one.
            WorkingDirectory = "/",
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Clean(start.Environment);
        using var process = Start(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await WriteAsync(process, input);
            var texts = await Task.WhenAll(output, error);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, texts[0], texts[1]);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new RegistrySetupException($"{program} did not end within {Limit.TotalMinutes} minutes.");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new RegistrySetupException(
                $"The private database needs {start.FileName}, which cannot be run: {exception.Message}",
                exception
            );
        }
    }

    private static async Task WriteAsync(Process process, string? input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }

    /// <summary>PG* variables, locales and the rest would change what the server's programs do.</summary>
    private static void Clean(IDictionary<string, string?> environment)
    {
        environment.TryGetValue("LD_LIBRARY_PATH", out var libraries);
        environment.Clear();
        environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        environment["LC_ALL"] = "C.UTF-8";
        environment["TZ"] = "UTC";
        if (libraries is not null)
        {
            environment["LD_LIBRARY_PATH"] = libraries;
        }
    }
}

/// <summary>How a program ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>What it said, for an error's text.</summary>
    public string Words => string.Join('\n', new[] { Output.Trim(), Error.Trim() }.Where(text => text.Length > 0));
}
