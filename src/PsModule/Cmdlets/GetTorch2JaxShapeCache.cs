using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lists what the shape cache knows of functions, most used first.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxShapeCache")]
[OutputType(typeof(ShapeCacheEntry))]
public sealed class GetTorch2JaxShapeCache : SessionCmdlet
{
    /// <summary>The functions: all versions, or name@3.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (TryItem(name, () => Session.ShapeCache(name, StopToken), out var entries))
            {
                WriteObject(entries, enumerateCollection: true);
            }
        }
    }
}
