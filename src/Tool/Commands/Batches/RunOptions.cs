using System.CommandLine;
using Torch2Jax.Batches;
using Torch2Jax.Client;
using Torch2Jax.Tool.Progress;
using Torch2Jax.Tool.Reports;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>What commands that stay with a batch until it ends have in common: its progress, its summary, how they end.</summary>
internal sealed class RunOptions
{
    private readonly Option<bool> accept = new("--accept-changed-inputs")
    {
        Description = "Compute chunks again whose inputs have changed; else that is an error.",
    };

    private readonly Option<bool> plain = new("--plain") { Description = "Progress as lines, also on a terminal." };

    private readonly Option<bool> quiet = new("--quiet") { Description = "No progress." };

    private readonly Option<string?> summaryFile = new("--summary") { Description = "A file for the summary as JSON." };

    private readonly Option<bool> detach = new("--detach") { Description = "Of a service: do not wait for its end." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { accept, plain, quiet, summaryFile, detach })
        {
            command.Add(option);
        }
    }

    public bool AcceptsChanges(ParseResult parsed) => parsed.GetValue(accept);

    /// <summary>Whether nobody waits; an error where nobody else would compute.</summary>
    public bool Detaches(ParseResult parsed, IFunctionSession session) =>
        parsed.GetValue(detach)
        && (
            session.Info.Kind == SessionKind.Remote
                ? true
                : throw new ToolException("usage", "--detach is for a service (--url): here this process computes.")
        );

    /// <summary>Runs a batch to its end, shows that, and says how the process ends.</summary>
    public int Run(
        IFunctionSession session,
        ParseResult parsed,
        Reporter reporter,
        Guid id,
        bool acceptChanges,
        bool printed,
        CancellationToken cancellationToken
    )
    {
        BatchSummary summary;
        using (var display = Display(parsed))
        {
            try
            {
                summary = BatchSummary.Run(session.Batches, id, acceptChanges, display, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                display.Dispose();
                throw new InterruptedBatchException(Left(session, id));
            }
        }

        if (parsed.GetValue(summaryFile) is { } path)
        {
            Files.Write(path, summary.Write);
        }

        if (printed)
        {
            SummaryPrinter.Print(parsed, summary);
        }

        return CodeOf(summary, reporter);
    }

    private static int CodeOf(BatchSummary summary, Reporter reporter)
    {
        var batch = summary.Batch;
        switch (batch.State)
        {
            case BatchState.Completed when batch.Chunks.Discarded == 0:
                return ExitCode.Done;
            case BatchState.Completed:
                reporter.Write(
                    Report.Warning(
                        "chunks_skipped",
                        $"{batch.Chunks.Discarded} of {batch.Chunks.Total} chunks of batch {batch.Id} failed and were left out."
                    )
                );
                return ExitCode.Skipped;
            case BatchState.Cancelled:
                reporter.Write(
                    Report.Error(
                        "batch_cancelled",
                        $"Batch {batch.Id} was stopped by somebody; torch2jax batch resume {batch.Id} goes on with it."
                    )
                );
                return ExitCode.Stopped;
            default:
                var code = batch.Error is { } error ? ErrorCodes.Text(error.Code) : "batch_failed";
                reporter.Write(
                    Report.Error(
                        code,
                        $"Batch {batch.Id} failed: {batch.Error?.Message} torch2jax batch resume {batch.Id} goes on with it."
                    )
                );
                return ExitCode.Failed;
        }
    }

    private static string Left(IFunctionSession session, Guid id) =>
        session.Info.Kind == SessionKind.InProcess
            ? $"Interrupted; what is complete stays. torch2jax batch resume {id} goes on with it."
            : $"Interrupted; the service goes on with batch {id}. torch2jax batch cancel {id} stops it.";

    // Progress goes to standard error, so that standard output is the answer alone.
    private ProgressDisplay Display(ParseResult parsed)
    {
        var lines = parsed.GetValue(plain) || Console.IsErrorRedirected || Variable("CI") || Variable("NO_COLOR");
        return parsed.GetValue(quiet) ? new NoDisplay()
            : lines ? new LineDisplay(Console.Error)
            : new BarDisplay(Console.Error);
    }

    private static bool Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 };
}
