using System.Management.Automation;
using Torch2Jax.PsModule.Arrays;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Makes one array of all that the pipeline brings: numbers become a vector, rows a matrix, arrays are stacked.</summary>
[Cmdlet(VerbsData.ConvertTo, "Torch2JaxArray")]
[OutputType(typeof(Torch2JaxArray))]
public sealed class ConvertToTorch2JaxArray : SessionCmdlet
{
    private readonly List<object> items = [];

    /// <summary>Numbers, .NET arrays, lists of numbers, or arrays.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object? InputObject { get; set; }

    /// <summary>The dtype; without it that of the .NET arrays, else float32 or int64.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DtypeCompleter))]
    public string? DType { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Unwrap.Value(InputObject) is { } item)
        {
            // An array goes into a stack as what it holds.
            items.Add(item);
            return;
        }

        var error = new ModuleException(
            "NullItem",
            ErrorCategory.InvalidData,
            "The pipeline brought $null, which is no number.",
            "Filter such items out: Where-Object { $null -ne $_ }."
        );
        WriteError(ErrorRecords.Of(error, null));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (items.Count > 0 && TryItem(InputObject, Make, out var array))
        {
            WriteObject(array);
        }
    }

    private Torch2JaxArray Make()
    {
        var dtype = DtypeValue.Read(DType);
        var isOne = items.Count == 1 && !(MyInvocation.ExpectingInput && NumberArrays.AsNumber(items[0]) is not null);
        if (isOne && items[0] is Torch2JaxArray array)
        {
            return dtype is { } to ? NumberArrays.Cast(array, to, nameof(InputObject)) : array;
        }

        var common = items.OfType<Torch2JaxArray>().Select(item => item.Aval.Dtype).FirstOrDefault();
        var hasArrays = items.Any(item => item is Torch2JaxArray);
        object all = isOne
            ? items[0]
            : items.Select(item => item is Torch2JaxArray inner ? inner.ToArray() : item).ToArray();
        return NumberArrays.Read(all, dtype, hasArrays ? common : null, nameof(InputObject));
    }
}
