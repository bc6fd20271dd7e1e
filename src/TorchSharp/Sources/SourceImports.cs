namespace Torch2Jax.TorchSharp.Sources;

/// <summary>Blanks what stands around functions in a file of PyTorch users, and remembers what imports bind.</summary>
internal static class SourceImports
{
    public static Dictionary<string, string> Remove(IReadOnlyList<SourceToken> tokens, SourceEdits edits)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        bool functionSeen = false;
        for (int i = 0; i < tokens.Count; i++)
        {
            if (!tokens[i].BeginsStatement)
            {
                continue;
            }

            int end = EndOfStatement(tokens, i);
            SourceToken first = tokens[i];
            functionSeen |= first.Is("def");
            bool isImport = first.Is("import") || (first.Is("from") && HasImport(tokens, i, end));
            bool isDocstring = !functionSeen && first is { Kind: TokenKind.Text, Indent: 0 };
            if (isImport)
            {
                Bind([.. tokens.Skip(i).Take(end - i)], names);
            }

            if (isImport || isDocstring || first.Is("@") || IsTensorAlias(tokens, i, end))
            {
                edits.Blank(first.Start, tokens[end].Start, isImport && first.Indent > 0 ? "pass" : "");
            }

            i = end;
        }

        return names;
    }

    private static int EndOfStatement(IReadOnlyList<SourceToken> tokens, int first)
    {
        while (tokens[first].Kind != TokenKind.NewLine)
        {
            first++;
        }

        return first;
    }

    private static bool HasImport(IReadOnlyList<SourceToken> tokens, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            if (tokens[i].Is("import"))
            {
                return true;
            }
        }

        return false;
    }

    // Tensor = torch.Tensor, which many files begin with.
    private static bool IsTensorAlias(IReadOnlyList<SourceToken> tokens, int first, int end) =>
        tokens[first].Indent == 0
        && end - first == 5
        && string.Concat(tokens.Skip(first).Take(5).Select(token => token.Text)) == "Tensor=torch.Tensor";

    private static void Bind(IReadOnlyList<SourceToken> statement, Dictionary<string, string> names)
    {
        int import = 0;
        while (!statement[import].Is("import"))
        {
            import++;
        }

        string prefix =
            import == 0 ? "" : string.Concat(statement.Skip(1).Take(import - 1).Select(token => token.Text)) + ".";
        string list = string.Join(' ', statement.Skip(import + 1).Select(token => token.Text)).Replace(" . ", ".");
        foreach (string item in list.Split(',', '(', ')'))
        {
            string[] words = item.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            string path = words[0];
            if (words is [_, "as", var alias])
            {
                names[alias] = prefix + path;
            }
            else if (prefix.Length > 0)
            {
                names[path] = prefix + path;
            }
            else
            {
                names[path.Split('.')[0]] = path.Split('.')[0];
            }
        }
    }
}
