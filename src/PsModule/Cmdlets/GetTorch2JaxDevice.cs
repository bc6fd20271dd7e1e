using System.Management.Automation;
using Torch2Jax.Torch;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lists what functions can run on.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxDevice")]
[OutputType(typeof(DeviceInfo))]
public sealed class GetTorch2JaxDevice : SessionCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => WriteObject(OrEnd(null, () => Session.Devices(StopToken)), true);
}
