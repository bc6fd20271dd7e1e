using System.CommandLine;
using Torch2Jax.Batches;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch show</summary>
internal static class BatchShowCommand
{
    public static Command Create()
    {
        var id = BatchCommand.Id();
        var all = new Option<bool>("--chunks")
        {
            Description = "All chunks, 1000 at most; else those that failed for good.",
        };
        var command = new Command("show", "Says how far a batch is, and which chunks failed.") { id, all };
        return command.Does(
            (session, parsed, _, token) =>
            {
                var batch = session.Batches.Get(parsed.GetValue(id), token);
                ChunkState? state = parsed.GetValue(all) ? null : ChunkState.Discarded;
                var chunks = session.Batches.Chunks(batch.Id, state, token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        BatchJson.WriteFields(json, batch);
                        json.WriteStartArray("chunkList");
                        foreach (var chunk in chunks)
                        {
                            BatchJson.Write(json, chunk);
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        text.WriteLine(SummaryPrinter.Line(batch));
                        SummaryPrinter.WriteDetails(text, batch);
                        foreach (var chunk in chunks)
                        {
                            text.WriteLine("  " + SummaryPrinter.Line(chunk));
                        }
                    }
                );
            }
        );
    }
}
