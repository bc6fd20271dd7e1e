using System.Management.Automation;
using Torch2Jax.PsModule.Connections;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Shows this runspace's connection; nothing where it has none yet.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxConnection")]
[OutputType(typeof(Torch2JaxConnection))]
public sealed class GetTorch2JaxConnection : SessionCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ConnectionTable.Instance.Current is { } current)
        {
            WriteObject(current);
        }
    }
}
