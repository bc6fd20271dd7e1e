using System.Management.Automation;
using Torch2Jax.Arrays;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Values;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Stores an array or a tree of them under a name, which calls then have for it.</summary>
[Cmdlet(VerbsData.Publish, "Torch2JaxArray", SupportsShouldProcess = true, DefaultParameterSetName = ByInput)]
[OutputType(typeof(StoredArraySummary))]
public sealed class PublishTorch2JaxArray : SessionCmdlet
{
    private const string ByInput = "InputObject";
    private const string ByPath = "Path";

    /// <summary>The name; what it stood for goes.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoredArrayNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>An array, numbers, or a tree of them: hashtables and lists.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByInput, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>A file of arrays: npy, npz, safetensors, json, csv.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Leaves a name that is there as it is, and says so.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Gives what is stored.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var given = Path is null ? InputObject : new FileInfo(GetUnresolvedProviderPathFromPSPath(Path));
        if (
            ShouldProcess($"array {Name} in {Connection.Target}", "Publish")
            && TryItem(Name, () => Put(given), out var put)
            && PassThru
        )
        {
            WriteObject(put.Array);
        }
    }

    private PublishedArray Put(object? given)
    {
        using var values = new ReadValues(shapesOnly: false);
        var tree = new ValueReader(values, allowShapes: false).Read(given, Expected.Nothing, nameof(InputObject));
        var arrays = tree.Map(leaf => leaf as NDArray ?? throw NoArray(leaf));
        try
        {
            return Session.Arrays.Put(Name, arrays, NoClobber ? new ArrayCondition(Absent: true) : null, StopToken);
        }
        catch (OperationCanceledException)
        {
            values.Abandon();
            throw;
        }
    }

    private static ModuleException NoArray(IArgumentLeaf leaf) =>
        new(
            "ValueNotSupported",
            ErrorCategory.InvalidType,
            $"{leaf} is no array with its data.",
            "Give arrays, numbers, hashtables and lists of them, or a file: -Path ./params.safetensors."
        );
}
