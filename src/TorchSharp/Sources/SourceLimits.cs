using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>Bounds of what is compiled: libtorch's compiler recurses over what it reads.</summary>
internal static class SourceLimits
{
    private const int MaxBytes = 1 << 20;
    private const int MaxLevels = 500;
    private const int MaxOperators = 500;
    private const int MaxStatements = 10_000;
    private const int MaxFunctions = 500;
    private const string Operators = "+-*/%@&|^~<>=!.";

    private static readonly HashSet<string> Words =
    [
        "and",
        "or",
        "not",
        "if",
        "else",
        "in",
        "is",
        "lambda",
        "for",
        "while",
    ];

    /// <exception cref="EngineException">PayloadTooLarge or MalformedRequest.</exception>
    public static void CheckText(string source)
    {
        int bytes = System.Text.Encoding.UTF8.GetByteCount(source);
        if (bytes > MaxBytes)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The source has {bytes} bytes; at most {MaxBytes} are compiled."
            );
        }

        if (source.Contains('\0', StringComparison.Ordinal))
        {
            throw new EngineException(ErrorCode.MalformedRequest, "The source holds the character U+0000.");
        }

        for (int i = 0; i < source.Length; i += char.IsSurrogatePair(source, i) ? 2 : 1)
        {
            if (char.IsSurrogate(source[i]) && !char.IsSurrogatePair(source, i))
            {
                throw new EngineException(
                    ErrorCode.MalformedRequest,
                    $"The source holds a lone surrogate at position {i}."
                );
            }
        }
    }

    /// <exception cref="EngineException">InvalidSource.</exception>
    public static void Check(IReadOnlyList<SourceToken> tokens)
    {
        var blocks = new Stack<int>();
        int levels = 0;
        int chain = 0;
        int operators = 0;
        int statements = 0;
        int functions = 0;
        foreach (SourceToken token in tokens)
        {
            if (token.BeginsStatement)
            {
                functions += token.Is("def") ? 1 : 0;
                chain =
                    token.Is("elif") ? chain + 1
                    : token.Is("else") ? chain
                    : 0;
                while (blocks.TryPeek(out int outer) && outer >= token.Indent)
                {
                    blocks.Pop();
                }

                blocks.Push(token.Indent);
                Refuse(++statements > MaxStatements, $"there are more than {MaxStatements} statements", token);
                Refuse(functions > MaxFunctions, $"the source defines more than {MaxFunctions} functions", token);
                Refuse(
                    blocks.Count + chain > MaxLevels,
                    $"blocks or elif branches lie more than {MaxLevels} levels within one another",
                    token
                );
            }

            levels += token.Text switch
            {
                "(" or "[" or "{" => 1,
                ")" or "]" or "}" => -1,
                _ => 0,
            };
            bool isOperator =
                token.Kind == TokenKind.Sign ? Operators.Contains(token.Text[0]) : Words.Contains(token.Text);
            operators =
                token.Kind == TokenKind.NewLine || (token.Is(",") && levels <= 1) ? 0
                : isOperator || token.Is("(") || token.Is("[") ? operators + 1
                : operators;
            Refuse(levels > MaxLevels, $"more than {MaxLevels} brackets are open within one another", token);
            Refuse(
                operators > MaxOperators,
                $"an expression has more than {MaxOperators} operators; split it up",
                token
            );
        }
    }

    private static void Refuse(bool isOver, string what, SourceToken token)
    {
        if (isOver)
        {
            throw new EngineException(ErrorCode.InvalidSource, $"{what} (line {token.Line} of the source).");
        }
    }
}
