#if POWERSHELL_SDK
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>A shell inside this process, of the package Microsoft.PowerShell.SDK (-p:PowerShellSdk=true).</summary>
internal sealed class SdkShell : ISpecShell
{
    /// <summary>The shell, or the reason why there is none: Pester is found where PSModulePath says.</summary>
    public static (SdkShell? Shell, string Reason) Find()
    {
        using var shell = Open();
        shell.AddScript("[bool](Get-Module Pester -ListAvailable | Where-Object Version -ge '5.0')");
        return shell.Invoke<bool>().Single()
            ? (new SdkShell(), "")
            : (null, "there is no Pester 5 in a folder of PSModulePath");
    }

    public IReadOnlyList<SpecResult> Run(
        string specs,
        bool discoverOnly,
        IReadOnlyDictionary<string, string> environment
    )
    {
        foreach (var (name, value) in environment)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        var report = Path.GetTempFileName();
        using var shell = Open();
        try
        {
            shell
                .AddCommand(Path.Combine(AppContext.BaseDirectory, "Adapter", "Invoke-Specs.ps1"))
                .AddParameter("Specs", specs)
                .AddParameter("Report", report)
                .AddParameter("DiscoverOnly", discoverOnly);
            shell.Invoke();
            return SpecResult.ReadAll(report);
        }
        finally
        {
            File.Delete(report);
        }
    }

    private static PowerShell Open()
    {
        var state = InitialSessionState.CreateDefault();
        return PowerShell.Create(state);
    }
}
#endif
