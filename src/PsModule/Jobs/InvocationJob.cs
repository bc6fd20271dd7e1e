using System.Management.Automation;
using Torch2Jax.PsModule.Calls;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Jobs;

/// <summary>Calls in the background; one that fails is an error, and the next one goes on.</summary>
internal sealed class InvocationJob(
    string command,
    string name,
    string location,
    FunctionCaller caller,
    IReadOnlyList<IReadOnlyList<object?>> calls,
    IDisposable share
) : BackgroundJob(command, name, location, share)
{
    protected override bool Work(CancellationToken cancellationToken)
    {
        var good = true;
        foreach (var arguments in calls)
        {
            try
            {
                var result = caller.Invoke(arguments, cancellationToken);
                foreach (var warning in result.Warnings)
                {
                    Warning.Add(new WarningRecord(warning));
                }

                Output.Add(PSObject.AsPSObject(result.Output));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                good = false;
                Error.Add(ErrorRecords.Of(error, arguments.Count > 0 ? arguments[0] : null));
            }
        }

        return good;
    }
}
