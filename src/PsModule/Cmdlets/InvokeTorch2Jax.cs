using System.Management.Automation;
using Torch2Jax.PsModule.Calls;
using Torch2Jax.PsModule.Connections;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Jobs;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Calls a function; from the pipeline once for each item.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Torch2Jax")]
[OutputType(
    typeof(Torch2JaxArray),
    typeof(object[]),
    typeof(System.Collections.Specialized.OrderedDictionary),
    typeof(Job)
)]
public sealed class InvokeTorch2Jax : CallCmdlet
{
    private readonly List<IReadOnlyList<object?>> ofJob = [];
    private FunctionCaller? caller;

    /// <summary>The first argument of a call of its own; the arguments of ArgumentList follow it.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <summary>Seed of random functions.</summary>
    [Parameter]
    public long Seed { get; set; }

    /// <summary>Seconds after which a call is given up.</summary>
    [Parameter]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Runs the calls in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>The name of a variable that gets all that is known of the last call.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ResultVariable { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => caller = new FunctionCaller(Session, Settings());

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
        {
            Call(ArgumentList ?? [], Name, isOnly: true);
            return;
        }

        if (InputObject is null)
        {
            var error = new ModuleException(
                "NullItem",
                ErrorCategory.InvalidData,
                "The pipeline brought $null, which is no argument.",
                "Filter such items out (Where-Object { $null -ne $_ }); None as an argument is written -ArgumentList $null."
            );
            WriteError(ErrorRecords.Of(error, null));
            return;
        }

        Call(ArgumentList is { Length: > 0 } more ? [InputObject, .. more] : [InputObject], InputObject, isOnly: false);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!AsJob)
        {
            return;
        }

        var job = new InvocationJob(
            MyInvocation.Line.Trim(),
            $"Torch2Jax-{Name}",
            Connection.Target,
            caller!,
            [.. ofJob],
            ConnectionTable.Instance.Sessions.Acquire(Connection.Options, StopToken)
        );
        JobRepository.Add(job);
        job.Start();
        WriteObject(job);
    }

    private void Call(IReadOnlyList<object?> arguments, object target, bool isOnly)
    {
        if (AsJob)
        {
            ofJob.Add(arguments);
            return;
        }

        if (!TryItem(target, () => caller!.Invoke(arguments, StopToken), out var result))
        {
            return;
        }

        Say(result);
        if (ResultVariable is not null)
        {
            SessionState.PSVariable.Set(ResultVariable, result);
        }

        // $value, $gradient = ... takes a tuple apart; from a pipeline each item's result stays one object.
        WriteObject(result.Output, enumerateCollection: isOnly && result.Output is object[]);
    }

    private CallSettings Settings() =>
        Settings(
            MyInvocation.BoundParameters.ContainsKey(nameof(Seed)) ? Seed : null,
            MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeoutSec : null
        );
}
