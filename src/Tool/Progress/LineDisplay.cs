using System.Diagnostics;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Progress;

/// <summary>Plain lines for logs: the first report, one every ten seconds, and the last.</summary>
internal sealed class LineDisplay(TextWriter to) : ProgressDisplay
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private long shownAt;
    private BatchReport? latest;
    private string? shown;

    protected override void Show(BatchReport report)
    {
        latest = report;
        if (shown is null || Stopwatch.GetElapsedTime(shownAt) >= Every)
        {
            Write(report);
        }
    }

    protected override void End()
    {
        if (latest is not null)
        {
            Write(latest);
        }
    }

    private void Write(BatchReport report)
    {
        var line = ProgressText.Line(report);
        if (line != shown)
        {
            to.WriteLine(line);
            (shown, shownAt) = (line, Stopwatch.GetTimestamp());
        }
    }
}
