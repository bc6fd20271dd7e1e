using System.Collections.Specialized;
using System.Management.Automation;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Files;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Reads array files: npy, npz, safetensors, json, csv.</summary>
[Cmdlet(VerbsData.Import, "Torch2JaxArray", DefaultParameterSetName = ByPath)]
[OutputType(typeof(Torch2JaxArray), typeof(OrderedDictionary))]
public sealed class ImportTorch2JaxArray : SessionCmdlet
{
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";

    /// <summary>The files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByPath, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files whose names are taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLiteralPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The dtype to convert to; of a csv float32 without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DtypeCompleter))]
    public string? DType { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var dtype = OrEnd(DType, () => DtypeValue.Read(DType));
        var literal = ParameterSetName == ByLiteralPath;
        foreach (var path in literal ? LiteralPath : Path)
        {
            if (!TryItem(path, () => Files(path, literal), out var files))
            {
                continue;
            }

            foreach (var file in files)
            {
                if (TryItem(file, () => ArrayFiles.Read(file, dtype), out var arrays))
                {
                    WriteObject(Output(arrays), enumerateCollection: false);
                }
            }
        }
    }

    private static object Output(FileArrays arrays)
    {
        if (arrays.Single is { } single)
        {
            return single;
        }

        var named = new OrderedDictionary(StringComparer.Ordinal);
        foreach (var (name, array) in arrays.Named!)
        {
            named.Add(name, array);
        }

        return named;
    }
}
