using System.Management.Automation;
using Torch2Jax.PsModule.Calls;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Jobs;

/// <summary>Calls that go on while the script does: Receive-Job gives their results, Stop-Job gives them up.</summary>
internal sealed class InvocationJob : Job
{
    private readonly CancellationTokenSource stopping = new();
    private readonly FunctionCaller caller;
    private readonly IReadOnlyList<IReadOnlyList<object?>> calls;
    private readonly IDisposable share;

    public InvocationJob(
        string command,
        string name,
        string location,
        FunctionCaller caller,
        IReadOnlyList<IReadOnlyList<object?>> calls,
        IDisposable share
    )
        : base(command, name)
    {
        PSJobTypeName = "Torch2JaxJob";
        Location = location;
        this.caller = caller;
        this.calls = calls;
        this.share = share;
    }

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Warning.Count > 0;

    /// <inheritdoc/>
    public override string Location { get; }

    /// <inheritdoc/>
    public override string StatusMessage => "";

    public void Start()
    {
        SetJobState(JobState.Running);
        Task.Run(Run);
    }

    /// <inheritdoc/>
    public override void StopJob()
    {
        stopping.Cancel();
        Finished.WaitOne();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stopping.Cancel();
        }

        base.Dispose(disposing);
    }

    private void Run()
    {
        var failed = false;
        using (share)
        {
            foreach (var arguments in calls)
            {
                try
                {
                    var result = caller.Invoke(arguments, stopping.Token);
                    foreach (var warning in result.Warnings)
                    {
                        Warning.Add(new WarningRecord(warning));
                    }

                    Output.Add(PSObject.AsPSObject(result.Output));
                }
                catch (OperationCanceledException)
                {
                    SetJobState(JobState.Stopped);
                    return;
                }
                catch (Exception error)
                {
                    failed = true;
                    Error.Add(ErrorRecords.Of(error, arguments.Count > 0 ? arguments[0] : null));
                }
            }
        }

        SetJobState(failed ? JobState.Failed : JobState.Completed);
    }
}
