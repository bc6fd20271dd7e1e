using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lists registered functions.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxFunction")]
[OutputType(typeof(FunctionSummary))]
public sealed class GetTorch2JaxFunction : SessionCmdlet
{
    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>One version, or * for all of them; without it the latest.</summary>
    [Parameter(Position = 1)]
    [ValidatePattern(@"^([1-9]\d{0,8}|\*)$")]
    [ArgumentCompleter(typeof(VersionCompleter))]
    public string? Version { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                Write(name);
                continue;
            }

            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            using var functions = OrEnd(name, () => Session.List(null, StopToken)).GetEnumerator();
            while (OrEnd(name, functions.MoveNext))
            {
                if (!pattern.IsMatch(functions.Current.Name))
                {
                    continue;
                }

                if (Version is null)
                {
                    WriteObject(functions.Current);
                }
                else
                {
                    Write(functions.Current.Name, isMatch: true);
                }
            }
        }
    }

    private void Write(string name, bool isMatch = false)
    {
        if (Version == "*")
        {
            if (TryItem(name, () => Session.Versions(name, StopToken), out var versions))
            {
                WriteObject(versions, enumerateCollection: true);
            }

            return;
        }

        var reference = Version is null ? name : $"{name}@{Version}";
        if (
            isMatch
            && TryItem(name, () => Session.Versions(name, StopToken), out var all)
            && all.All(version => version.Reference != reference)
        )
        {
            return;
        }

        if (TryItem(name, () => Session.Describe(reference, StopToken), out var function))
        {
            WriteObject(function);
        }
    }
}
