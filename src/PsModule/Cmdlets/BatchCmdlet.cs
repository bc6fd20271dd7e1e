using System.Collections.Concurrent;
using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.Encoding;
using Torch2Jax.PsModule.Batches;
using Torch2Jax.PsModule.Connections;
using Torch2Jax.PsModule.Jobs;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>What cmdlets that stay with a batch until it ends have in common.</summary>
public abstract class BatchCmdlet : SessionCmdlet
{
    /// <summary>Computes chunks again whose inputs have changed.</summary>
    [Parameter]
    public SwitchParameter AcceptChangedInput { get; set; }

    /// <summary>A file for the summary as JSON.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Summary { get; set; }

    /// <summary>Works on it in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>Runs a batch to its end, or as a job, and tells how it ended.</summary>
    /// <returns>Whether it ended well; true of a job.</returns>
    private protected bool Run(BatchStatus batch, bool accept)
    {
        var (session, file) = (Session, Summary is null ? null : GetUnresolvedProviderPathFromPSPath(Summary));
        BatchSummary Work(IProgress<BatchReport> progress, CancellationToken token)
        {
            var summary = BatchSummary.Run(session.Batches, batch.Id, accept, progress, token);
            if (file is not null)
            {
                WholeFile.Write(file, $"{Environment.ProcessId}", summary.Write);
            }

            return summary;
        }

        if (AsJob)
        {
            var job = new BatchJob(
                MyInvocation.Line.Trim(),
                Connection.Target,
                batch.Id,
                Work,
                ConnectionTable.Instance.Sessions.Acquire(Connection.Options, StopToken)
            );
            JobRepository.Add(job);
            job.Start();
            WriteObject(job);
            return true;
        }

        if (!TryItem(batch, () => Watch(batch.Name, Work), out var ended))
        {
            return false;
        }

        if (BatchOutcome.Warning(ended) is { } warning)
        {
            WriteWarning(warning);
        }

        WriteObject(ended.Batch);
        if (BatchOutcome.Error(ended) is not { } error)
        {
            return true;
        }

        WriteError(error);
        return false;
    }

    // The shell takes progress from this thread alone, so another one works.
    private BatchSummary Watch(string name, Func<IProgress<BatchReport>, CancellationToken, BatchSummary> work)
    {
        using var reports = new BlockingCollection<BatchReport>();
        var working = Task.Run(() =>
        {
            try
            {
                return work(new Queue(reports), StopToken);
            }
            finally
            {
                reports.CompleteAdding();
            }
        });
        try
        {
            foreach (var report in reports.GetConsumingEnumerable())
            {
                WriteProgress(BatchProgressRecord.Of(report));
            }

            WriteProgress(BatchProgressRecord.Done(name));
        }
        finally
        {
            // However this ends, the chunks that are begun are finished first.
            ((IAsyncResult)working).AsyncWaitHandle.WaitOne();
        }

        return working.GetAwaiter().GetResult();
    }

    private sealed class Queue(BlockingCollection<BatchReport> reports) : IProgress<BatchReport>
    {
        public void Report(BatchReport value) => reports.Add(value);
    }
}
