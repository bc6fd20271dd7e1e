using System.Globalization;
using System.Text.RegularExpressions;

namespace Torch2Jax.Tool.Reports;

/// <summary>
/// The place that a text about a TorchScript source names: its line, and the column where the text shows the line with
/// what is wrong underlined.
/// </summary>
internal static partial class SourcePlace
{
    public static (int Line, int Column) In(string message)
    {
        var places = Lines().Matches(message);
        if (places.Count == 0)
        {
            return default;
        }

        // The last one: a traceback ends where it was raised.
        var line = int.Parse(places[^1].Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var mark = message
            .Split('\n')
            .LastOrDefault(text => text.EndsWith("<--- HERE", StringComparison.Ordinal) && text.Contains('~'));
        return (line, mark is null ? 0 : mark.IndexOf('~', StringComparison.Ordinal) + 1);
    }

    [GeneratedRegex("(?:File \"source\", line |\\(line )([0-9]{1,7})", RegexOptions.CultureInvariant)]
    private static partial Regex Lines();
}
