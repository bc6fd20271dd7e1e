using System.Collections;
using System.Management.Automation;
using Torch2Jax.PsModule.Calls;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>The parameters that name a function and what it is called with.</summary>
public abstract class CallCmdlet : SessionCmdlet
{
    /// <summary>The function: its latest version, or name@3.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The positional arguments.</summary>
    [Parameter(Position = 1)]
    [AllowNull]
    [AllowEmptyCollection]
    [Calls.ArgumentList]
    public object?[]? ArgumentList { get; set; }

    /// <summary>The keyword arguments by name.</summary>
    [Parameter]
    public IDictionary? KeywordArgument { get; set; }

    /// <summary>Transforms in order, the first one innermost.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TransformCompleter))]
    public object[]? Transform { get; set; }

    /// <summary>The shapes of the function's outputs.</summary>
    [Parameter]
    public object? OutputShape { get; set; }

    /// <summary>Mesh and specs that cut the function's arrays, as in REST: a hashtable, or JSON.</summary>
    [Parameter]
    public object? Sharding { get; set; }

    /// <summary>Where to run.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string? Device { get; set; }

    private protected CallSettings Settings(long? seed = null, double? timeoutSec = null) =>
        new(
            Name,
            KeywordArgument,
            OrEnd(Transform, () => TransformValues.Read(Transform)),
            OutputShape,
            OrEnd(Sharding, () => ShardingValues.Read(Sharding)),
            Device,
            seed,
            timeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null
        );
}
