using Spectre.Console;
using Spectre.Console.Rendering;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Progress;

/// <summary>A bar on a terminal with rate and time left, drawn by Spectre.Console on a thread of its own.</summary>
internal sealed class BarDisplay : ProgressDisplay
{
    private readonly ManualResetEventSlim ending = new();
    private readonly ManualResetEventSlim begun = new();
    private readonly Task drawing;
    private ProgressTask? bar;
    private BatchReport? latest;

    public BarDisplay(TextWriter to)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(to) });
        drawing = Task.Run(() =>
            console
                .Progress()
                .HideCompleted(false)
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left },
                    new ProgressBarColumn(),
                    new PercentageColumn(),
                    Column(Counts),
                    Column(ProgressText.Rate),
                    Column(report => ProgressText.Left(report) + " left")
                )
                .Start(context =>
                {
                    bar = context.AddTask("batch", maxValue: 1);
                    begun.Set();
                    ending.Wait();
                })
        );
    }

    protected override void Show(BatchReport report)
    {
        begun.Wait();
        var chunks = report.Batch.Chunks;
        bar!.Description = Markup.Escape(report.Batch.Name);
        bar.MaxValue = Math.Max(1, chunks.Total);
        bar.Value = chunks.Completed + chunks.Discarded;
        Volatile.Write(ref latest, report);
    }

    protected override void End()
    {
        ending.Set();
        drawing.GetAwaiter().GetResult();
        ending.Dispose();
        begun.Dispose();
    }

    private static string Counts(BatchReport report)
    {
        var chunks = report.Batch.Chunks;
        return $"{chunks.Completed}/{chunks.Total}" + (chunks.Discarded > 0 ? $" ({chunks.Discarded} failed)" : "");
    }

    private TextColumn Column(Func<BatchReport, string> text) =>
        new(() => Volatile.Read(ref latest) is { } report ? text(report) : "");

    private sealed class TextColumn(Func<string> text) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(text());
    }
}
