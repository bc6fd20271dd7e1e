using System.Collections;
using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.Functions;
using Torch2Jax.PsModule.Calls;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Registers functions: sources and TorchScript archives.</summary>
[Cmdlet(VerbsLifecycle.Register, "Torch2JaxFunction", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(FunctionSummary))]
public sealed class RegisterTorch2JaxFunction : SessionCmdlet
{
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";
    private const string BySource = "Source";

    /// <summary>The function's name; of a file its own name without the extension.</summary>
    [Parameter(Position = 0, ParameterSetName = ByPath)]
    [Parameter(Position = 0, ParameterSetName = ByLiteralPath)]
    [Parameter(Position = 0, ParameterSetName = BySource, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string? Name { get; set; }

    /// <summary>Files of source, or archives (.pt); wildcards are allowed.</summary>
    [Parameter(Position = 1, ParameterSetName = ByPath, Mandatory = true, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files whose names are taken as they are.</summary>
    [Parameter(ParameterSetName = ByLiteralPath, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The source itself.</summary>
    [Parameter(ParameterSetName = BySource, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Source { get; set; } = "";

    /// <summary>The function in the source, or the archive's method.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? EntryPoint { get; set; }

    /// <summary>Example arguments: values, or shapes as float32[10, 5].</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    [Calls.ArgumentList]
    public object?[]? ExampleArgument { get; set; }

    /// <summary>Example keyword arguments.</summary>
    [Parameter]
    public IDictionary? ExampleKeywordArgument { get; set; }

    /// <summary>The shapes of the outputs.</summary>
    [Parameter]
    public object? OutputShape { get; set; }

    /// <summary>What a vmap without a method uses.</summary>
    [Parameter]
    [ValidateSet("sequential", "expand_dims", "broadcast_all", "vectorized")]
    public string? VmapMethod { get; set; }

    /// <summary>Arguments whose gradients are zeros: their positions, or one mask an argument.</summary>
    [Parameter]
    public object[]? NondifferentiableArgument { get; set; }

    /// <summary>Makes an archive's parameters and buffers its first argument.</summary>
    [Parameter]
    public SwitchParameter Functional { get; set; }

    /// <summary>Where it runs: in a worker process, or in the one that calls it.</summary>
    [Parameter]
    [ValidateSet("None", "Process")]
    public string? Isolation { get; set; }

    /// <summary>The author's words.</summary>
    [Parameter]
    public string? Description { get; set; }

    /// <summary>Writes the function out.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == BySource)
        {
            Register(Name!, new RegistrationContent(Source, null));
            return;
        }

        var literal = ParameterSetName == ByLiteralPath;
        foreach (var path in literal ? LiteralPath : Path)
        {
            if (!TryItem(path, () => Files(path, literal), out var files))
            {
                continue;
            }

            foreach (var file in files)
            {
                if (TryItem(file, () => RegistrationContent.OfFile(file), out var content))
                {
                    Register(Name ?? System.IO.Path.GetFileNameWithoutExtension(file), content);
                }
            }
        }
    }

    private void Register(string name, RegistrationContent content)
    {
        if (
            !TryItem(name, () => content.Request(name, this), out var request)
            || !ShouldProcess($"function {name} in {Connection.Target}", "Register")
            || !TryItem(name, () => Session.Register(request, StopToken), out var registered)
        )
        {
            return;
        }

        WriteVerbose($"{registered.Function.Reference} {(registered.Created ? "is new" : "was there already")}");
        foreach (var warning in registered.Function.Warnings)
        {
            WriteWarning(warning);
        }

        if (PassThru)
        {
            WriteObject(registered.Function);
        }
    }
}
