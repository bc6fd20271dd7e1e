using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch cancel</summary>
internal static class BatchCancelCommand
{
    public static Command Create()
    {
        var id = BatchCommand.Id();
        return new Command(
            "cancel",
            "Stops a batch, whoever works on it; what is complete stays, and it can be resumed."
        )
        {
            id,
        }.Does(
            (session, parsed, _, token) =>
                SummaryPrinter.Print(parsed, session.Batches.Cancel(parsed.GetValue(id), token), "is stopped")
        );
    }
}
