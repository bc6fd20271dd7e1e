using System.Text;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>Replacements in a text, which keep its lines where they are.</summary>
internal sealed class SourceEdits(string source)
{
    private readonly SortedDictionary<int, (int End, string Text)> edits = [];

    public void Replace(int start, int end, string text) => edits[start] = (end, text);

    /// <summary>Takes a region out but for its line ends.</summary>
    public void Blank(int start, int end, string instead = "") =>
        Replace(start, end, instead + new string('\n', source.AsSpan(start, end - start).Count('\n')));

    public string Apply()
    {
        var text = new StringBuilder(source.Length);
        int from = 0;
        foreach ((int start, (int end, string replacement)) in edits)
        {
            if (start < from)
            {
                continue; // inside a region that is gone already
            }

            text.Append(source, from, start - from).Append(replacement);
            from = end;
        }

        return text.Append(source, from, source.Length - from).ToString();
    }
}
