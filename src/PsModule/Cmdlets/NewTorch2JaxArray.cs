using System.Management.Automation;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Arrays;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Makes an array out of numbers, or of one number and a shape.</summary>
[Cmdlet(VerbsCommon.New, "Torch2JaxArray", DefaultParameterSetName = OfShape)]
[OutputType(typeof(Torch2JaxArray))]
public sealed class NewTorch2JaxArray : SessionCmdlet
{
    private const string OfValue = "Value";
    private const string OfShape = "Fill";

    /// <summary>A number, a .NET array, or lists of numbers.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = OfValue)]
    [AllowEmptyCollection]
    public object Value { get; set; } = "";

    /// <summary>The number of every element.</summary>
    [Parameter(ParameterSetName = OfShape)]
    public object Fill { get; set; } = 0.0;

    /// <summary>The dimensions; none for a scalar.</summary>
    [Parameter(ParameterSetName = OfValue)]
    [Parameter(Mandatory = true, ParameterSetName = OfShape)]
    [AllowEmptyCollection]
    [ValidateRange(0L, long.MaxValue)]
    public long[]? Shape { get; set; }

    /// <summary>The dtype; without it that of a .NET array, else float32 or int64.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DtypeCompleter))]
    public string? DType { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TryItem(ParameterSetName == OfValue ? Value : Shape, Make, out var array))
        {
            WriteObject(array);
        }
    }

    private Torch2JaxArray Make()
    {
        var dtype = DtypeValue.Read(DType);
        if (ParameterSetName == OfShape)
        {
            var element = NumberArrays.Read(Fill, dtype, null, nameof(Fill));
            return Torch2JaxArray.Create(
                element.Aval.Dtype,
                [.. Shape!],
                bytes =>
                {
                    for (var i = 0; i < bytes.Length; i += (int)element.ByteLength)
                    {
                        element.Bytes.CopyTo(bytes[i..]);
                    }
                }
            );
        }

        var array = Unwrap.Value(Value) is Torch2JaxArray given
            ? dtype is { } to
                ? NumberArrays.Cast(given, to, nameof(Value))
                : given
            : NumberArrays.Read(Unwrap.Value(Value)!, dtype, null, nameof(Value));
        return Shape is null ? array : array.Reshape(Shape);
    }
}
