using Torch2Jax.Client;
using Torch2Jax.Errors;

namespace Torch2Jax.Tool.Reports;

/// <summary>An error or a warning.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Code">A stable code, a heading of docs/errors.md where it is the engine's.</param>
/// <param name="Message">The text; may have several lines.</param>
internal sealed record Report(string Severity, string Code, string Message)
{
    /// <summary>The file it is about; null for none.</summary>
    public string? File { get; init; }

    /// <summary>The line in it, from 1 on; 0 where none is known.</summary>
    public int Line { get; init; }

    /// <summary>The column in it, from 1 on; 0 where none is known.</summary>
    public int Column { get; init; }

    /// <summary>The place in the call, <c>args[0]</c>; null for none.</summary>
    public string? Path { get; init; }

    public static Report Error(string code, string message) => new("error", code, message);

    public static Report Warning(string code, string message) => new("warning", code, message);

    /// <summary>An error of the engine; the line it names is one of <paramref name="source"/>.</summary>
    public static Report Of(EngineException error, string? source)
    {
        // Who is refused, or finds nobody there, has nothing to mend in the source.
        source = ExitCode.Of(error.Code) == ExitCode.Wrong ? source : null;
        var (line, column) = source is null ? default : SourcePlace.In(error.Message);
        return Error(ErrorCodes.Text(error.Code), error.Message) with
        {
            File = source,
            Line = line,
            Column = column,
            Path = error.Path,
        };
    }
}
