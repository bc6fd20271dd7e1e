using System.Management.Automation;
using Torch2Jax.PsModule.Connections;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Closes this runspace's connection; the engine goes when nobody uses it any more.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Torch2Jax")]
public sealed class DisconnectTorch2Jax : SessionCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!ConnectionTable.Instance.CloseOfThisRunspace())
        {
            WriteVerbose("There is no connection to close.");
        }
    }
}
