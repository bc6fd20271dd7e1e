using System.Collections.Immutable;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>What the line <c>def NAME(...) -> TYPE:</c> says.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">Its arguments; one without an annotation is a tensor.</param>
/// <param name="Returns">The annotation of its result; null without one.</param>
internal sealed record FunctionHeader(string Name, ImmutableArray<FunctionArgument> Arguments, TorchType? Returns);

/// <summary>Reads the headers of the functions at the top level of a source.</summary>
internal sealed class HeaderReader(IReadOnlyList<SourceToken> tokens, SourceEdits edits)
{
    private int at;

    /// <summary>Reads them; annotations as <c>Tensor | None</c> are rewritten on the way.</summary>
    /// <exception cref="EngineException">InvalidSource.</exception>
    public IReadOnlyList<FunctionHeader> ReadAll()
    {
        var headers = new List<FunctionHeader>();
        for (at = 0; at < tokens.Count; at++)
        {
            SourceToken token = tokens[at];
            if (!token.BeginsStatement || token.Indent != 0)
            {
                continue;
            }

            if (!token.Is("def"))
            {
                throw Error("only functions can stand at the top level of a source");
            }

            FunctionHeader header = Read();
            if (headers.Any(other => other.Name == header.Name))
            {
                throw Error($"the name '{header.Name}' is defined twice");
            }

            headers.Add(header);
        }

        return headers;
    }

    /// <summary>Reads the header whose <c>def</c> is the token at a place.</summary>
    /// <exception cref="EngineException">InvalidSource.</exception>
    public FunctionHeader ReadAt(int place)
    {
        at = place;
        return Read();
    }

    private FunctionHeader Read()
    {
        at++;
        string name = Next().Text;
        Take("(");
        var arguments = ImmutableArray.CreateBuilder<FunctionArgument>();
        bool keywordOnly = false;
        while (!TryTake(")"))
        {
            if (TryTake("*"))
            {
                keywordOnly = true;
            }
            else
            {
                arguments.Add(ReadArgument(keywordOnly));
            }

            if (!At(")"))
            {
                Take(",");
            }
        }

        TorchType? returns = null;
        if (TryTake("-"))
        {
            Take(">");
            returns = ReadType(":");
        }

        return new FunctionHeader(name, arguments.ToImmutable(), returns);
    }

    private FunctionArgument ReadArgument(bool keywordOnly)
    {
        string name = Next().Text;
        TorchType type = TryTake(":") ? ReadType(",", "=", ")") : TorchType.Parse("Tensor");
        string? value = TryTake("=") ? Text(Until(",", ")")) : null;
        return new FunctionArgument(name, type, value is not null, value, keywordOnly);
    }

    private TorchType ReadType(params string[] ends)
    {
        int first = at;
        IReadOnlyList<SourceToken> annotation = Until(ends);
        string text = Text(annotation);
        if (text.Contains('|', StringComparison.Ordinal))
        {
            string[] sides = [.. text.Split('|').Select(side => side.Trim())];
            string[] others = [.. sides.Where(side => side != "None")];
            if (others.Length != 1 || sides.Length != 2)
            {
                throw Error($"the annotation '{text}' is none of T | None");
            }

            text = $"Optional[{others[0]}]";
            edits.Replace(tokens[first].Start, annotation[^1].End, text);
        }

        try
        {
            return TorchType.Parse(text);
        }
        catch (FormatException error)
        {
            throw Error(error.Message);
        }
    }

    private List<SourceToken> Until(params string[] ends)
    {
        var taken = new List<SourceToken>();
        int open = 0;
        while (open > 0 || !ends.Any(At))
        {
            SourceToken token = Next();
            open +=
                token.Text is "[" or "(" or "{" ? 1
                : token.Text is "]" or ")" or "}" ? -1
                : 0;
            taken.Add(token);
        }

        return taken.Count > 0 ? taken : throw Error("something is missing");
    }

    private static string Text(IReadOnlyList<SourceToken> part) =>
        string.Concat(
            part.Select(token =>
                token.Is(",") ? ", "
                : token.Is("|") ? " | "
                : token.Text
            )
        );

    private SourceToken Next() =>
        at < tokens.Count && tokens[at].Kind != TokenKind.NewLine
            ? tokens[at++]
            : throw Error("the function's first line ends too early");

    private bool At(string text) => at < tokens.Count && tokens[at].Is(text);

    private bool TryTake(string text)
    {
        if (!At(text))
        {
            return false;
        }

        at++;
        return true;
    }

    private void Take(string text)
    {
        if (!TryTake(text))
        {
            throw Error($"'{text}' was expected");
        }
    }

    private EngineException Error(string what) =>
        new(ErrorCode.InvalidSource, $"{what} (line {tokens[Math.Min(at, tokens.Count - 1)].Line} of the source).");
}
