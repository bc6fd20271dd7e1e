using System.CommandLine;
using System.Globalization;
using Torch2Jax.Client;
using Torch2Jax.Tool.Progress;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>Prints batches.</summary>
internal static class SummaryPrinter
{
    private const int MostShown = 20;

    /// <summary>A batch that ended.</summary>
    public static void Print(ParseResult parsed, BatchSummary summary) =>
        Answer.Print(
            parsed,
            json => BatchJson.WriteFields(json, summary),
            text =>
            {
                text.WriteLine(Line(summary.Batch));
                text.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {summary.ChunksDone} chunk(s) in {summary.Elapsed.TotalSeconds:0.0} s, {ProgressText.Rate(summary.ChunksPerSecond)}"
                    )
                );
                WriteDetails(text, summary.Batch);
                foreach (var chunk in summary.Skipped.Take(MostShown))
                {
                    text.WriteLine("  " + Line(chunk));
                }

                if (summary.Skipped.Count > MostShown)
                {
                    text.WriteLine($"  ... torch2jax batch show {summary.Batch.Id} has the others");
                }
            }
        );

    /// <summary>A batch that something was done to.</summary>
    public static void Print(ParseResult parsed, BatchStatus batch, string what) =>
        Answer.Print(
            parsed,
            json => BatchJson.WriteFields(json, batch),
            text => text.WriteLine($"Batch {batch.Id} {what}: {Line(batch)}")
        );

    /// <summary><c>3f1c... nightly (digits@1) completed: 500 of 500 chunks</c></summary>
    public static string Line(BatchStatus batch)
    {
        var failed = batch.Chunks.Discarded > 0 ? $", {batch.Chunks.Discarded} failed" : "";
        var schedule = batch.Schedule is { } name ? $", of schedule {name}" : "";
        return $"{batch.Id} {batch.Name} ({batch.Function}) {BatchJson.Word(batch.State)}: "
            + $"{batch.Chunks.Completed} of {batch.Chunks.Total} chunks{failed}{schedule}";
    }

    public static string Line(ChunkStatus chunk)
    {
        var reason = chunk.Error is { } error ? $": {ErrorCodes.Text(error.Code)}, {error.Message}" : "";
        var elements = chunk.Count == 1 ? $"{chunk.First}" : $"{chunk.First} to {chunk.First + chunk.Count - 1}";
        return $"chunk {chunk.Index} (elements {elements}) {BatchJson.Word(chunk.State)}{reason}";
    }

    public static void WriteDetails(TextWriter text, BatchStatus batch)
    {
        if (batch.Error is { } error)
        {
            text.WriteLine($"  {ErrorCodes.Text(error.Code)}: {error.Message}");
        }
    }
}
