using System.Collections.Specialized;
using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lists stored arrays, or gives what they hold.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxStoredArray")]
[OutputType(typeof(StoredArraySummary), typeof(Torch2JaxArray), typeof(OrderedDictionary), typeof(object[]))]
public sealed class GetTorch2JaxStoredArray : SessionCmdlet
{
    /// <summary>Names; wildcards are allowed, and name@sha256:... for that content alone.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoredArrayNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Gives the arrays themselves.</summary>
    [Parameter]
    public SwitchParameter Content { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                Write(name, null);
                continue;
            }

            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            using var arrays = OrEnd(name, () => Session.Arrays.List(null, StopToken)).GetEnumerator();
            while (OrEnd(name, arrays.MoveNext))
            {
                if (pattern.IsMatch(arrays.Current.Name))
                {
                    Write(arrays.Current.Name, arrays.Current);
                }
            }
        }
    }

    private void Write(string name, StoredArraySummary? known)
    {
        if (Content)
        {
            if (TryItem(name, () => Read(name), out var content))
            {
                WriteObject(content, enumerateCollection: false);
            }
        }
        else if (known is not null || TryItem(name, () => Session.Arrays.Find(name, StopToken), out known))
        {
            WriteObject(known);
        }
    }

    private object? Read(string name)
    {
        using var content = Session.Arrays.Get(name, StopToken);
        return OutputWriter.Write(content.Tree, Torch2JaxArray.CopyOf);
    }
}
