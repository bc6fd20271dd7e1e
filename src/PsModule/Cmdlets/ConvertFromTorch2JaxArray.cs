using System.Management.Automation;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Makes .NET values of arrays.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Torch2JaxArray")]
[OutputType(typeof(Array), typeof(ValueType))]
public sealed class ConvertFromTorch2JaxArray : SessionCmdlet
{
    /// <summary>The arrays.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public Torch2JaxArray InputObject { get; set; } = 0;

    /// <summary>Nested (float[][]), SameRank (float[,]) or Flat (float[]).</summary>
    [Parameter]
    [ValidateSet("Nested", "SameRank", "Flat")]
    public string As { get; set; } = "Nested";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        object Make() =>
            As switch
            {
                "Flat" => InputObject.ToFlatArray(),
                "SameRank" => InputObject.ToArray(),
                _ => InputObject.ToNestedArray(),
            };
        if (TryItem(InputObject, Make, out var value))
        {
            WriteObject(value, enumerateCollection: false);
        }
    }
}
