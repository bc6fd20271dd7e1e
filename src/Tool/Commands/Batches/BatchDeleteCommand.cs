using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch delete</summary>
internal static class BatchDeleteCommand
{
    public static Command Create()
    {
        var id = BatchCommand.Id();
        return new Command("delete", "Forgets a batch that does not run; its outputs stay.") { id }.Does(
            (session, parsed, _, token) =>
            {
                var batch = parsed.GetValue(id);
                session.Batches.Delete(batch, token);
                Answer.Print(
                    parsed,
                    json => json.WriteString("deleted", batch),
                    text => text.WriteLine($"Batch {batch} is forgotten.")
                );
            }
        );
    }
}
