using System.Collections;
using System.Management.Automation;
using Torch2Jax.PsModule.Arrays;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Files;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Writes arrays into a file: npy, npz, safetensors, json, csv.</summary>
[Cmdlet(VerbsData.Export, "Torch2JaxArray", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportTorch2JaxArray : SessionCmdlet
{
    private readonly List<object> items = [];

    /// <summary>An array, numbers, or a dictionary of arrays by name; several arrays are named arr_0, arr_1 ...</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object InputObject { get; set; } = 0;

    /// <summary>The file; its extension says how it is written.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Compresses an npz.</summary>
    [Parameter]
    public SwitchParameter Compress { get; set; }

    /// <summary>Leaves a file that is there as it is, and says so.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes the file out.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => items.Add(Unwrap.Value(InputObject)!);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (items.Count == 0)
        {
            return;
        }

        var path = GetUnresolvedProviderPathFromPSPath(Path);
        var arrays = OrEnd(
            path,
            () =>
            {
                ArrayFiles.FormatOf(path);
                return NoClobber && System.IO.Path.Exists(path) ? throw Exists(path) : Arrays();
            }
        );
        if (!ShouldProcess(path, "Write arrays"))
        {
            return;
        }

        var written = TryItem(
            path,
            () =>
            {
                ArrayFiles.Write(path, arrays, Compress);
                return new FileInfo(path);
            },
            out var file
        );
        if (written && PassThru)
        {
            WriteObject(file);
        }
    }

    private FileArrays Arrays()
    {
        if (items is [IDictionary dictionary])
        {
            return new FileArrays(
                null,
                [
                    .. dictionary
                        .Cast<DictionaryEntry>()
                        .Select(entry =>
                            KeyValuePair.Create($"{entry.Key}", Array(entry.Value, $"InputObject.{entry.Key}"))
                        ),
                ]
            );
        }

        return items is [var one]
            ? FileArrays.Of(Array(one, nameof(InputObject)))
            : new FileArrays(
                null,
                [
                    .. items.Select(
                        (item, i) => KeyValuePair.Create($"arr_{i}", Array(item, $"{nameof(InputObject)}[{i}]"))
                    ),
                ]
            );
    }

    private static Torch2JaxArray Array(object? value, string place) =>
        Unwrap.Value(value) is Torch2JaxArray array
            ? array
            : NumberArrays.Read(Unwrap.Value(value)!, null, null, place);

    private static ModuleException Exists(string path) =>
        new(
            "FileExists",
            ErrorCategory.ResourceExists,
            $"{System.IO.Path.GetFileName(path)} is there already, and -NoClobber was given.",
            "Choose another name, or leave -NoClobber out."
        );
}
