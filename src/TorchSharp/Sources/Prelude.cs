using System.Text;
using System.Text.RegularExpressions;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>
/// Functions of torch.nn.functional in TorchScript, as the native library has them. One source gets those that it uses,
/// under names of their own behind its last line, so that its lines keep their numbers.
/// </summary>
internal sealed partial class Prelude
{
    private const string Mark = "t2j_F_";

    private static readonly string[] Files =
    [
        "prelude_activations.cpp",
        "prelude_losses.cpp",
        "prelude_pooling.cpp",
        "prelude_layers.cpp",
    ];

    // ATen's operators of these names take the same arguments, and an int where a list of them stands.
    private static readonly string[] SameInAten = ["conv", "max_pool", "avg_pool", "adaptive_avg_pool"];

    private static readonly Dictionary<string, string> Definitions = ReadAll();

    private readonly Dictionary<string, string> used = [];

    /// <summary>How many functions there are; a test sees that they were found.</summary>
    public static int Count => Definitions.Count;

    /// <summary>The name that a function of torch.nn.functional has here; null where ATen's operator is the same.</summary>
    public string? Use(string name)
    {
        if (
            !Definitions.TryGetValue(name, out string? definition)
            || SameInAten.Any(start => name.StartsWith(start, StringComparison.Ordinal))
        )
        {
            return null;
        }

        if (used.TryAdd(name, ""))
        {
            used[name] = Prepare(definition);
        }

        return Mark + name;
    }

    /// <summary>The functions that were asked for, and those that they call.</summary>
    public string Text => string.Join('\n', used.Values);

    private string Prepare(string definition)
    {
        var edits = new SourceEdits(definition);
        List<SourceToken> tokens = SourceLexer.Read(definition);
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            bool isAttribute = i > 0 && tokens[i - 1].Is(".");
            bool isCalled = tokens[i].Kind == TokenKind.Name && tokens[i + 1].Is("(");
            if (isCalled && !isAttribute && Definitions.ContainsKey(tokens[i].Text))
            {
                string name = Use(tokens[i].Text) ?? "torch." + tokens[i].Text;
                edits.Replace(tokens[i].Start, tokens[i].End, name);
            }
        }

        string text = edits.Apply();
        edits = new SourceEdits(text);
        new NameRewriter(SourceLexer.Read(text), edits, new Dictionary<string, string>(), Use).Rewrite();
        return edits.Apply();
    }

    private static Dictionary<string, string> ReadAll()
    {
        var found = new Dictionary<string, string>();
        foreach (string file in Files)
        {
            string text = Functional().Match(NativeTexts.Read(file)).Groups[1].Value;
            foreach (string definition in text.Split("\ndef ", StringSplitOptions.RemoveEmptyEntries))
            {
                if (definition.IndexOf('(', StringComparison.Ordinal) is var end and > 0)
                {
                    found[definition[..end]] = WithSizes("def " + definition.TrimEnd() + "\n");
                }
            }
        }

        return found;
    }

    /// <summary><c>padding: Size2 = 0</c> -> <c>padding: List[int] = [0, 0]</c>.</summary>
    private static string WithSizes(string definition) =>
        Size()
            .Replace(
                definition,
                match =>
                {
                    var list = new StringBuilder("List[int]");
                    if (match.Groups[2].Success)
                    {
                        int count = match.Groups[1].Value[0] - '0';
                        list.Append(" = [")
                            .AppendJoin(", ", Enumerable.Repeat(match.Groups[2].Value, count))
                            .Append(']');
                    }

                    return list.ToString();
                }
            );

    [GeneratedRegex("\\{\"torch\\.nn\\.functional\", R\"py\\((.*?)\\)py\"\\}", RegexOptions.Singleline)]
    private static partial Regex Functional();

    [GeneratedRegex(@"\bSize([123])\b(?: = (\d+))?")]
    private static partial Regex Size();
}
