namespace Torch2Jax.TorchSharp.Sources;

/// <summary>Replaces dotted names of PyTorch by what TorchSharp's compiler resolves, and refuses what is forbidden.</summary>
internal sealed class NameRewriter(
    IReadOnlyList<SourceToken> tokens,
    SourceEdits edits,
    IReadOnlyDictionary<string, string> imported,
    Func<string, string?> prelude
)
{
    private static readonly Dictionary<string, string> Containers = new()
    {
        ["list"] = "List",
        ["dict"] = "Dict",
        ["tuple"] = "Tuple",
    };

    public void Rewrite()
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Kind == TokenKind.Name)
            {
                i = Rewrite(i);
            }
        }
    }

    private int Rewrite(int i)
    {
        SourceToken token = tokens[i];
        if (At(i - 1, "."))
        {
            RefusedNames.CheckAttribute(token.Text, token.Line);
            return i;
        }

        bool isModule = TorchNames.ModuleOf(token.Text, imported) is { } && At(i + 1, ".");
        if (isModule)
        {
            return RewritePath(i, TorchNames.ModuleOf(token.Text, imported)!);
        }

        if (imported.TryGetValue(token.Text, out string? path) && path.LastIndexOf('.') is var dot and > 0)
        {
            if (TorchNames.IsModule(path[..dot]))
            {
                edits.Replace(token.Start, token.End, Attribute(path[..dot], path[(dot + 1)..], i, token.Line));
            }
        }
        else if (TorchNames.IsError(token.Text))
        {
            edits.Replace(token.Start, token.End, TorchNames.Error);
        }
        else if (Containers.TryGetValue(token.Text, out string? container) && At(i + 1, "["))
        {
            edits.Replace(token.Start, token.End, container);
        }
        else if (token.Text == "getattr")
        {
            RefusedNames.CheckAttribute(token.Text, token.Line);
        }

        return i;
    }

    private int RewritePath(int first, string module)
    {
        int last = first;
        while (
            At(last + 1, ".") && last + 2 < tokens.Count && TorchNames.IsModule(module + "." + tokens[last + 2].Text)
        )
        {
            bool isTensorType = module == "torch" && tokens[last + 2].Text == "Tensor" && !At(last + 3, ".");
            if (isTensorType)
            {
                break;
            }

            last += 2;
            module += "." + tokens[last].Text;
        }

        if (!At(last + 1, ".") || last + 2 >= tokens.Count)
        {
            return last; // a module by itself: the compiler says what it thinks of it
        }

        last += 2;
        string text = Attribute(module, tokens[last].Text, last, tokens[last].Line);
        edits.Replace(tokens[first].Start, tokens[last].End, text);
        return last;
    }

    private string Attribute(string module, string name, int last, int line)
    {
        string text = TorchNames.Attribute(module, name, At(last + 1, "("), prelude);
        if (text.StartsWith("torch.", StringComparison.Ordinal))
        {
            RefusedNames.CheckOperator(text["torch.".Length..], line);
        }

        return text;
    }

    private bool At(int index, string text) => index >= 0 && index < tokens.Count && tokens[index].Is(text);
}
