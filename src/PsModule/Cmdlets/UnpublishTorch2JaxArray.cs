using System.Management.Automation;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Deletes stored arrays; calls that use them go on.</summary>
[Cmdlet(VerbsData.Unpublish, "Torch2JaxArray", SupportsShouldProcess = true)]
public sealed class UnpublishTorch2JaxArray : SessionCmdlet
{
    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoredArrayNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name.SelectMany(Matching))
        {
            if (ShouldProcess($"array {name} in {Connection.Target}", "Unpublish"))
            {
                TryItem(name, () => Session.Arrays.Delete(name, null, StopToken));
            }
        }
    }

    private IReadOnlyList<string> Matching(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            return [name];
        }

        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        return OrEnd<IReadOnlyList<string>>(
            name,
            () => [.. Session.Arrays.List(null, StopToken).Select(array => array.Name).Where(pattern.IsMatch)]
        );
    }
}
