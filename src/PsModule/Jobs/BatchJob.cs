using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Batches;

namespace Torch2Jax.PsModule.Jobs;

/// <summary>A batch in the background; its progress is the job's.</summary>
internal sealed class BatchJob(
    string command,
    string location,
    Guid batch,
    Func<IProgress<BatchReport>, CancellationToken, BatchSummary> run,
    IDisposable share
) : BackgroundJob(command, $"Torch2JaxBatch-{batch:N}"[..23], location, share)
{
    protected override bool Work(CancellationToken cancellationToken)
    {
        var summary = run(new Told(Progress), cancellationToken);
        Output.Add(PSObject.AsPSObject(summary.Batch));
        if (BatchOutcome.Warning(summary) is { } warning)
        {
            Warning.Add(new WarningRecord(warning));
        }

        if (BatchOutcome.Error(summary) is not { } error)
        {
            return true;
        }

        Error.Add(error);
        return false;
    }

    private sealed class Told(PSDataCollection<ProgressRecord> records) : IProgress<BatchReport>
    {
        public void Report(BatchReport value)
        {
            if (records.IsOpen)
            {
                records.Add(BatchProgressRecord.Of(value));
            }
        }
    }
}
