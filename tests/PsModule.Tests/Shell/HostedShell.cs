using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Torch2Jax.PsModule.Tests.Support;

namespace Torch2Jax.PsModule.Tests.Shell;

/// <summary>
/// The shell's engine in this process, with the module imported and a database of its own: the cmdlets run for real, also
/// where there is no pwsh.
/// </summary>
public sealed class HostedShell : IDisposable
{
    private readonly DataFolder data = new();
    private readonly Runspace runspace;

    public HostedShell()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule(Path.Combine(Layout.Module, "Torch2Jax.psd1"));
        runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        Run("param($Folder) Connect-Torch2Jax -DataDirectory $Folder", data.Path);
    }

    public Runspace Runspace => runspace;

    public void Dispose()
    {
        Run("Disconnect-Torch2Jax");
        runspace.Dispose();
        data.Dispose();
    }

    /// <summary>Runs a script that must not fail.</summary>
    public IReadOnlyList<PSObject> Run(string script, params object[] arguments)
    {
        var (output, errors) = TryRun(script, arguments);
        Assert.Empty(errors.Select(error => $"{error.FullyQualifiedErrorId}: {error}"));
        return output;
    }

    /// <summary>Runs a script and returns what it wrote and its errors.</summary>
    public (IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors) TryRun(
        string script,
        params object[] arguments
    )
    {
        using var shell = PowerShell.Create(runspace);
        shell.AddScript(script);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        var output = shell.Invoke();
        return (output, [.. shell.Streams.Error]);
    }
}

/// <summary>Tests of one shell run one after the other; connections are the process's.</summary>
[CollectionDefinition("shell")]
public sealed class ShellCollection : ICollectionFixture<HostedShell>;
