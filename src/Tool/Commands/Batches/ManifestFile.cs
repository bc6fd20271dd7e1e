using System.CommandLine;
using Torch2Jax.Client;
using Torch2Jax.Errors;
using Torch2Jax.Tool.Reports;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>A manifest that the command line names, and the folder that its paths start from.</summary>
internal sealed class ManifestFile
{
    private readonly Argument<string> file = new("manifest")
    {
        Description = "The manifest, a JSON file (docs/batches.md).",
    };

    private readonly Option<string?> folder = new("--folder")
    {
        Description =
            "The folder that its paths start from: the manifest's own; of a service its first root, or one below that.",
    };

    public void AddTo(Command command)
    {
        command.Add(file);
        command.Add(folder);
    }

    /// <summary>Does something with the text and the folder; what the manifest has wrong is an error of its file.</summary>
    public T Use<T>(ParseResult parsed, IFunctionSession session, Func<string, string?, T> use)
    {
        var path = parsed.GetValue(file)!;
        var text = Files.ReadText(path, "The manifest is not UTF-8.");
        var start = parsed.GetValue(folder);
        if (session.Info.Kind == SessionKind.InProcess)
        {
            start = Path.GetFullPath(start ?? Path.GetDirectoryName(Path.GetFullPath(path))!);
        }

        try
        {
            return use(text, start);
        }
        catch (EngineException error) when (ExitCode.Of(error.Code) == ExitCode.Wrong)
        {
            var (line, column) = error.Path is { } place ? JsonPlace.Of(text, place) : SourcePlace.In(error.Message);
            var where = error.Path is null ? "" : $" ({error.Path})";
            throw new ToolException(ErrorCodes.Text(error.Code), error.Message + where, path)
            {
                Line = line,
                Column = column,
                Path = error.Path,
            };
        }
    }
}
