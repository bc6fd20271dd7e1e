using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch resume</summary>
internal static class BatchResumeCommand
{
    public static Command Create()
    {
        var id = BatchCommand.Id();
        var options = new RunOptions();
        var command = new Command("resume", "Goes on with a batch, and stays with it until it ends.") { id };
        options.AddTo(command);
        return command.Ends(
            (session, parsed, reporter, token) =>
            {
                var (batch, accept) = (parsed.GetValue(id), options.AcceptsChanges(parsed));
                if (options.Detaches(parsed, session))
                {
                    SummaryPrinter.Print(parsed, session.Batches.Resume(batch, accept, token), "goes on");
                    return ExitCode.Done;
                }

                return options.Run(session, parsed, reporter, batch, accept, printed: true, token);
            }
        );
    }
}
