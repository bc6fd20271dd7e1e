namespace Torch2Jax.Tool;

/// <summary>The command line, or a file that it names, is wrong.</summary>
/// <param name="code">A stable code, <c>file_not_found</c>.</param>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="file">The file it is about.</param>
internal sealed class ToolException(string code, string message, string? file = null) : Exception(message)
{
    public string Code { get; } = code;

    public string? File { get; } = file;

    /// <summary>The line in the file, from 1 on; 0 where none is known.</summary>
    public int Line { get; init; }

    /// <summary>The column in it, from 1 on; 0 where none is known.</summary>
    public int Column { get; init; }

    /// <summary>The place in what the file holds, <c>inputs.x</c>; null for none.</summary>
    public string? Path { get; init; }
}
