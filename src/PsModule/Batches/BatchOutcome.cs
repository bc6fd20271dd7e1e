using System.Management.Automation;
using Torch2Jax.Batches;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Batches;

/// <summary>How a batch ended, in a script's terms: an error, a warning, or nothing to say.</summary>
internal static class BatchOutcome
{
    public static ErrorRecord? Error(BatchSummary summary)
    {
        var batch = summary.Batch;
        return batch.State switch
        {
            BatchState.Failed => ErrorRecords.Of(
                new ModuleException(
                    "BatchFailed",
                    ErrorCategory.InvalidResult,
                    $"Batch {batch.Id} ({batch.Name}) failed: {Reason(batch)}",
                    $"Mend what is named and go on: Resume-Torch2JaxBatch {batch.Id}. What is complete stays."
                ),
                batch
            ),
            BatchState.Cancelled => ErrorRecords.Of(
                new ModuleException(
                    "BatchCancelled",
                    ErrorCategory.OperationStopped,
                    $"Batch {batch.Id} ({batch.Name}) was stopped by somebody.",
                    $"Go on with Resume-Torch2JaxBatch {batch.Id}. What is complete stays."
                ),
                batch
            ),
            _ => null,
        };
    }

    public static string? Warning(BatchSummary summary) =>
        summary.Batch is { State: BatchState.Completed, Chunks: { Discarded: > 0 } chunks } batch
            ? $"{chunks.Discarded} of {chunks.Total} chunks of batch {batch.Id} failed and were left out: "
                + $"Get-Torch2JaxBatch {batch.Id} -Chunk."
            : null;

    private static string Reason(BatchStatus batch) =>
        batch.Error is { } error ? $"{ErrorCodes.Text(error.Code)}, {error.Message}" : "no reason is known.";
}
