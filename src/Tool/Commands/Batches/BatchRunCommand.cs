using System.CommandLine;
using Torch2Jax.Client;
using Torch2Jax.Tool.Reports;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch run</summary>
internal static class BatchRunCommand
{
    public static Command Create()
    {
        var manifest = new ManifestFile();
        var options = new RunOptions();
        var nightly = new Option<bool>("--continue")
        {
            Description =
                "First finish the latest batch of this manifest, where it was killed or failed; one of an earlier day (UTC) "
                + "is followed by a new one.",
        };
        var command = new Command("run", "Makes a batch and stays with it until it ends.") { nightly };
        manifest.AddTo(command);
        options.AddTo(command);
        return command.Ends(
            (session, parsed, reporter, token) =>
            {
                var detach = options.Detaches(parsed, session);
                var made = Make(parsed.GetValue(nightly));
                if (detach)
                {
                    var batch = made.Created || !made.Batch.HasEnded ? made.Batch : Resume(made);
                    SummaryPrinter.Print(parsed, batch, made.Created ? "is made" : "goes on");
                    return ExitCode.Done;
                }

                if (made.Created)
                {
                    return Run(made, printed: true);
                }

                var isOfToday = made.IsOfToday;
                Console.Error.WriteLine($"Batch {made.Batch.Id} of {made.Batch.CreatedAt:u} goes on.");
                // The answer as JSON is one object: that of the last batch.
                var code = Run(made, printed: isOfToday || !parsed.GetValue(SessionOptions.Json));
                if (isOfToday || code is not (ExitCode.Done or ExitCode.Skipped))
                {
                    return code;
                }

                var next = Run(Make(reuse: false), printed: true);
                return next == ExitCode.Done ? code : next;

                MadeBatch Make(bool reuse) =>
                    manifest.Use(parsed, session, (text, folder) => session.Batches.Create(text, folder, reuse, token));

                BatchStatus Resume(MadeBatch batch) =>
                    session.Batches.Resume(batch.Batch.Id, options.AcceptsChanges(parsed), token);

                int Run(MadeBatch batch, bool printed) =>
                    options.Run(
                        session,
                        parsed,
                        reporter,
                        batch.Batch.Id,
                        !batch.Created && options.AcceptsChanges(parsed),
                        printed,
                        token
                    );
            }
        );
    }
}
