using System.Management.Automation;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Jobs;

/// <summary>Work that goes on while the script does: Receive-Job gives its results, Stop-Job ends it.</summary>
internal abstract class BackgroundJob : Job
{
    private readonly CancellationTokenSource stopping = new();
    private readonly IDisposable share;

    /// <param name="command">The line that started it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="location">What it talks to.</param>
    /// <param name="share">Its share of the session, given back at the end.</param>
    protected BackgroundJob(string command, string name, string location, IDisposable share)
        : base(command, name)
    {
        PSJobTypeName = "Torch2JaxJob";
        Location = location;
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

    /// <summary>Does the work; false where some of it failed.</summary>
    protected abstract bool Work(CancellationToken cancellationToken);

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
        JobState state;
        using (share)
        {
            try
            {
                state = Work(stopping.Token) ? JobState.Completed : JobState.Failed;
            }
            catch (OperationCanceledException)
            {
                state = JobState.Stopped;
            }
            catch (Exception error)
            {
                Error.Add(ErrorRecords.Of(error, null));
                state = JobState.Failed;
            }
        }

        SetJobState(state);
    }
}
