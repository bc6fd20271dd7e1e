using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch check</summary>
internal static class BatchCheckCommand
{
    public static Command Create()
    {
        var manifest = new ManifestFile();
        var command = new Command("check", "Looks for all that is wrong with a manifest; nothing is made or computed.");
        manifest.AddTo(command);
        return command.Does(
            (session, parsed, _, token) =>
            {
                var preview = manifest.Use(
                    parsed,
                    session,
                    (text, folder) => session.Batches.Check(text, folder, token)
                );
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteString("name", preview.Name);
                        json.WriteString("function", preview.Function);
                        json.WriteNumber("chunks", preview.Chunks);
                        json.WriteNumber("threads", preview.Threads);
                    },
                    text =>
                        text.WriteLine(
                            $"{preview.Name}: {preview.Function} in {preview.Chunks} chunk(s), {preview.Threads} thread(s) an operator."
                        )
                );
            }
        );
    }
}
