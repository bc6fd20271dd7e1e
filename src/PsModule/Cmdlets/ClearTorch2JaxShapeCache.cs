using System.Management.Automation;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Forgets what the shape cache knows of functions.</summary>
[Cmdlet(VerbsCommon.Clear, "Torch2JaxShapeCache", SupportsShouldProcess = true)]
public sealed class ClearTorch2JaxShapeCache : SessionCmdlet
{
    /// <summary>The functions, all their versions.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (
                ShouldProcess($"shape cache of {name} in {Connection.Target}", "Clear")
                && TryItem(name, () => Session.ClearShapeCache(name, StopToken), out var count)
            )
            {
                WriteVerbose($"{count} entries of {name} are gone");
            }
        }
    }
}
