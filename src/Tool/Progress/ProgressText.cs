using System.Globalization;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Progress;

/// <summary>Numbers of a batch's progress in words.</summary>
internal static class ProgressText
{
    /// <summary><c>120 of 500 chunks (24 %), 3 skipped, 12.5/s, 0:30 left</c></summary>
    public static string Line(BatchReport report)
    {
        var chunks = report.Batch.Chunks;
        var skipped = chunks.Discarded > 0 ? $", {chunks.Discarded} failed" : "";
        // Of the first report nobody knows a rate yet.
        var rate = report.ChunksPerSecond > 0 ? $", {Rate(report)}" : "";
        var left = chunks.Open > 0 && rate.Length > 0 ? $", {Left(report)} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Batch.Name}: {chunks.Completed} of {chunks.Total} chunks ({Percent(report):0} %){skipped}{rate}{left}"
        );
    }

    public static string Rate(BatchReport report) => Rate(report.ChunksPerSecond);

    public static string Rate(double chunksPerSecond) =>
        chunksPerSecond.ToString(
            chunksPerSecond switch
            {
                >= 100 => "0",
                >= 1 => "0.0",
                _ => "0.00",
            },
            CultureInfo.InvariantCulture
        ) + "/s";

    public static string Left(BatchReport report) => report.Remaining is { } time ? Time(time) : "?";

    /// <summary><c>0:07</c>, <c>12:30</c>, <c>3:12:30</c></summary>
    public static string Time(TimeSpan time) =>
        time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time:mm\\:ss}")
            : time.ToString("m\\:ss", CultureInfo.InvariantCulture);

    private static double Percent(BatchReport report) =>
        report.Batch.Chunks.Total == 0
            ? 100
            : Math.Floor(
                100.0 * (report.Batch.Chunks.Completed + report.Batch.Chunks.Discarded) / report.Batch.Chunks.Total
            );
}
