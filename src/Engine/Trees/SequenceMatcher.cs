namespace Torch2Jax.Trees;

/// <summary>A run of equal elements.</summary>
internal readonly record struct Match(int A, int B, int Length);

/// <summary>Python's <c>difflib.SequenceMatcher</c> with blanks as junk: which runs two lines have in common.</summary>
internal sealed class SequenceMatcher
{
    private readonly int[] a;
    private readonly int[] b;
    private readonly Dictionary<int, List<int>> places = [];

    public SequenceMatcher(int[] a, int[] b)
    {
        this.a = a;
        this.b = b;
        for (var j = 0; j < b.Length; j++)
        {
            if (!places.TryGetValue(b[j], out var list))
            {
                places[b[j]] = list = [];
            }

            list.Add(j);
        }

        places.Remove(' ');
        places.Remove('\t');
        if (b.Length >= 200)
        {
            // Python's heuristic: what fills more than 1 % of a long line tells nothing about likeness.
            var popular = places.Where(place => place.Value.Count > (b.Length / 100) + 1).Select(place => place.Key);
            foreach (var element in popular.ToArray())
            {
                places.Remove(element);
            }
        }
    }

    /// <summary>The runs in order, none adjacent in both lines.</summary>
    public IReadOnlyList<Match> MatchingBlocks()
    {
        var found = new List<Match>();
        var open = new Stack<(int LowA, int HighA, int LowB, int HighB)>([(0, a.Length, 0, b.Length)]);
        while (open.TryPop(out var range))
        {
            var match = FindLongest(range.LowA, range.HighA, range.LowB, range.HighB);
            if (match.Length == 0)
            {
                continue;
            }

            found.Add(match);
            open.Push((range.LowA, match.A, range.LowB, match.B));
            open.Push((match.A + match.Length, range.HighA, match.B + match.Length, range.HighB));
        }

        found.Sort((x, y) => x.A.CompareTo(y.A));
        return Merge(found);
    }

    private static List<Match> Merge(List<Match> found)
    {
        var merged = new List<Match>();
        foreach (var match in found)
        {
            if (
                merged.Count > 0
                && merged[^1] is var last
                && last.A + last.Length == match.A
                && last.B + last.Length == match.B
            )
            {
                merged[^1] = last with { Length = last.Length + match.Length };
            }
            else
            {
                merged.Add(match);
            }
        }

        return merged;
    }

    private Match FindLongest(int lowA, int highA, int lowB, int highB)
    {
        var (bestA, bestB, length) = (lowA, lowB, 0);
        var lengths = new Dictionary<int, int>();
        for (var i = lowA; i < highA; i++)
        {
            var next = new Dictionary<int, int>();
            foreach (var j in places.TryGetValue(a[i], out var list) ? list : [])
            {
                if (j < lowB || j >= highB)
                {
                    continue;
                }

                var run = next[j] = lengths.GetValueOrDefault(j - 1) + 1;
                if (run > length)
                {
                    (bestA, bestB, length) = (i - run + 1, j - run + 1, run);
                }
            }

            lengths = next;
        }

        // What is no junk first, then whatever is equal on both sides.
        Extend(junk: false);
        Extend(junk: true);
        return new Match(bestA, bestB, length);

        void Extend(bool junk)
        {
            while (bestA > lowA && bestB > lowB && IsJunk(bestB - 1) == junk && a[bestA - 1] == b[bestB - 1])
            {
                (bestA, bestB, length) = (bestA - 1, bestB - 1, length + 1);
            }

            while (
                bestA + length < highA
                && bestB + length < highB
                && IsJunk(bestB + length) == junk
                && a[bestA + length] == b[bestB + length]
            )
            {
                length++;
            }
        }
    }

    private bool IsJunk(int j) => b[j] is ' ' or '\t';
}
