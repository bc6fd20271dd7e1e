using System.Diagnostics;

namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>The pwsh that is on the PATH, one process for all specifications.</summary>
internal sealed class PwshProcess : ISpecShell
{
    private const string Question =
        "if ($PSVersionTable.PSVersion -lt [version]'7.6') { \"PowerShell $($PSVersionTable.PSVersion) is older than 7.6\" } "
        + "elseif (-not (Get-Module Pester -ListAvailable | Where-Object Version -ge '5.0')) { 'it has no Pester 5' } else { 'ready' }";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>The shell, or the reason why there is none.</summary>
    public static (PwshProcess? Shell, string Reason) Find()
    {
        try
        {
            var answer = Run(["-NoProfile", "-NonInteractive", "-Command", Question], null).Trim();
            return answer == "ready" ? (new PwshProcess(), "") : (null, $"pwsh is there, but {answer}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (null, "there is no pwsh on the PATH");
        }
    }

    public IReadOnlyList<SpecResult> Run(
        string specs,
        bool discoverOnly,
        IReadOnlyDictionary<string, string> environment
    )
    {
        var report = Path.GetTempFileName();
        try
        {
            var script = Path.Combine(AppContext.BaseDirectory, "Adapter", "Invoke-Specs.ps1");
            List<string> arguments =
            [
                "-NoProfile",
                "-NonInteractive",
                "-File",
                script,
                "-Specs",
                specs,
                "-Report",
                report,
            ];
            if (discoverOnly)
            {
                arguments.Add("-DiscoverOnly");
            }

            Run(arguments, environment);
            return SpecResult.ReadAll(report);
        }
        finally
        {
            File.Delete(report);
        }
    }

    private static string Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo("pwsh", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"pwsh did not end within {Limit}: {output.Result}{errors.Result}");
        }

        return process.ExitCode == 0
            ? output.Result
            : throw new InvalidOperationException(
                $"pwsh ended with {process.ExitCode}: {output.Result}{errors.Result}"
            );
    }
}
