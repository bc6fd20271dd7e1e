using System.Management.Automation;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Deletes functions with all their versions and their shape caches.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "Torch2JaxFunction", SupportsShouldProcess = true)]
public sealed class UnregisterTorch2JaxFunction : SessionCmdlet
{
    /// <summary>The functions.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name.SelectMany(Matching))
        {
            if (ShouldProcess($"function {name} with all its versions in {Connection.Target}", "Unregister"))
            {
                TryItem(
                    name,
                    () =>
                    {
                        Session.Delete(name, StopToken);
                        return true;
                    },
                    out _
                );
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
            () => [.. Session.List(null, StopToken).Select(function => function.Name).Where(pattern.IsMatch)]
        );
    }
}
