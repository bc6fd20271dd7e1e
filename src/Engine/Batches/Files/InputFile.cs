using System.Globalization;

namespace Torch2Jax.Batches;

/// <summary>An input file and what it looked like when the batch was made: a change is noticed without reading it.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Mark">Its size and the time of its last write.</param>
internal readonly record struct InputFile(string Path, string Mark)
{
    /// <summary>The file as it is now; a mark of "-" where it is gone.</summary>
    public static InputFile Now(string path)
    {
        var info = new FileInfo(path);
        var mark = info.Exists
            ? string.Create(CultureInfo.InvariantCulture, $"{info.Length}:{info.LastWriteTimeUtc.Ticks}")
            : "-";
        return new InputFile(path, mark);
    }

    /// <summary>Files as one text, a line each.</summary>
    public static string Text(IEnumerable<InputFile> files) =>
        string.Join('\n', files.Select(f => $"{f.Mark} {f.Path}"));

    /// <summary>Reads <see cref="Text"/>.</summary>
    public static IReadOnlyList<InputFile> Parse(string text) =>
        [
            .. text.Split('\n')
                .Select(line => (line, space: line.IndexOf(' ', StringComparison.Ordinal)))
                .Select(one => new InputFile(one.line[(one.space + 1)..], one.line[..one.space])),
        ];
}
