using System.Text.RegularExpressions;

namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>Finds the tests of a file by its text, where no Pester can be asked: one a line with <c>It</c>.</summary>
internal static partial class SpecText
{
    public static IEnumerable<(string Path, int Line)> Find(string text)
    {
        var around = new Stack<(int Indent, string Name)>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Blocks().Match(lines[i]) is not { Success: true } match)
            {
                continue;
            }

            var (indent, kind, name) = (match.Groups[1].Length, match.Groups[2].Value, Name(match));
            while (around.Count > 0 && around.Peek().Indent >= indent)
            {
                around.Pop();
            }

            if (kind != "It")
            {
                around.Push((indent, name));
                continue;
            }

            yield return (string.Join(" > ", around.Reverse().Select(block => block.Name).Append(name)), i + 1);
        }
    }

    private static string Name(Match match) =>
        match.Groups[3].Success
            ? match.Groups[3].Value.Replace("''", "'", StringComparison.Ordinal)
            : match.Groups[4].Value;

    [GeneratedRegex(@"^(\s*)(Describe|Context|It)\s+(?:'((?:[^']|'')*)'|""([^""]*)"")")]
    private static partial Regex Blocks();
}
