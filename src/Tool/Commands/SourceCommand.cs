using System.CommandLine;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax source</summary>
internal static class SourceCommand
{
    public static Command Create()
    {
        var reference = new Argument<string>("function") { Description = "name, or name@version." };
        var output = new Option<string?>("--output") { Description = "The file to write; an archive needs one." };
        var command = new Command("source", "Gives back what was registered.") { reference, output };
        return command.Does(
            (session, parsed, _, token) =>
            {
                var source = session.Source(parsed.GetValue(reference)!, token);
                var path = parsed.GetValue(output);
                if (path is null && source.Archive is not null)
                {
                    throw new ToolException("usage", $"{source.Reference} is an archive; give --output and a file.");
                }

                if (path is not null)
                {
                    var bytes = source.Archive ?? System.Text.Encoding.UTF8.GetBytes(source.Source!);
                    Files.Write(path, stream => stream.Write(bytes.Span));
                    return;
                }

                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteString("function", source.Reference);
                        json.WriteString("entry", source.Entry);
                        json.WriteString("source", source.Source);
                    },
                    text => text.Write(source.Source)
                );
            }
        );
    }
}
