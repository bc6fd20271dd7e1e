using System.Text;

namespace Torch2Jax.Trees;

/// <summary>The difference of two different lines as Python's <c>difflib.ndiff</c> shows it.</summary>
internal static class LineDiff
{
    // Lines less alike than this are shown without marks.
    private const double Cutoff = 0.75;

    // The search for what is alike is quadratic, and a caller chooses the keys.
    private const int MaxCompared = 2000;

    /// <summary>The lines of the text, an empty one after each line of marks.</summary>
    public static IEnumerable<string> Of(string first, string second)
    {
        var (marksA, marksB) = Math.Max(first.Length, second.Length) > MaxCompared ? ("", "") : Marks(first, second);
        yield return "- " + first;
        if (marksA.Length > 0)
        {
            yield return "? " + marksA;
            yield return "";
        }

        yield return "+ " + second;
        if (marksB.Length > 0)
        {
            yield return "? " + marksB;
            yield return "";
        }
    }

    private static (string A, string B) Marks(string first, string second)
    {
        int[] a = [.. first.EnumerateRunes().Select(rune => rune.Value)];
        int[] b = [.. second.EnumerateRunes().Select(rune => rune.Value)];
        var matches = new SequenceMatcher(a, b).MatchingBlocks();
        return 2.0 * matches.Sum(match => match.Length) / (a.Length + b.Length) < Cutoff
            ? ("", "")
            : Marks(matches, a.Length, b.Length);
    }

    private static (string A, string B) Marks(IReadOnlyList<Match> matches, int lengthA, int lengthB)
    {
        var (a, b) = (new StringBuilder(), new StringBuilder());
        foreach (var match in matches.Append(new Match(lengthA, lengthB, 0)))
        {
            var (lostA, lostB) = (match.A - a.Length, match.B - b.Length);
            a.Append(lostB > 0 ? '^' : '-', lostA).Append(' ', match.Length);
            b.Append(lostA > 0 ? '^' : '+', lostB).Append(' ', match.Length);
        }

        return (a.ToString().TrimEnd(), b.ToString().TrimEnd());
    }
}
