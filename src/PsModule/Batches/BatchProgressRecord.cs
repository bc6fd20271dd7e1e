using System.Globalization;
using System.Management.Automation;
using Torch2Jax.Client;

namespace Torch2Jax.PsModule.Batches;

/// <summary>A batch's progress as the shell shows it.</summary>
internal static class BatchProgressRecord
{
    private const int Activity = 7012;

    public static ProgressRecord Of(BatchReport report)
    {
        var chunks = report.Batch.Chunks;
        var closed = chunks.Completed + chunks.Discarded;
        var failed = chunks.Discarded > 0 ? $", {chunks.Discarded} failed" : "";
        var status = string.Create(
            CultureInfo.InvariantCulture,
            $"{chunks.Completed} of {chunks.Total} chunks{failed}, {report.ChunksPerSecond:0.0}/s"
        );
        return new ProgressRecord(Activity, $"Batch {report.Batch.Name}", status)
        {
            PercentComplete = chunks.Total == 0 ? 100 : (int)(100L * closed / chunks.Total),
            SecondsRemaining = report.Remaining is { TotalSeconds: < int.MaxValue } left ? (int)left.TotalSeconds : -1,
        };
    }

    public static ProgressRecord Done(string name) =>
        new(Activity, $"Batch {name}", "done") { RecordType = ProgressRecordType.Completed };
}
