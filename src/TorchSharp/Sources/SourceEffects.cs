namespace Torch2Jax.TorchSharp.Sources;

/// <summary>
/// What a source's names say of it, where the native library looks at the graph. Each errs on the safe side: a function that is
/// taken for random runs alone, one that is taken for writing gets copies.
/// </summary>
internal readonly record struct SourceEffects(bool IsRandom, bool Prints, bool Mutates, bool Loops, string? NeedsData)
{
    private static readonly string[] RandomParts = ["rand", "dropout", "bernoulli", "multinomial", "poisson", "rrelu"];

    private static readonly HashSet<string> Random =
    [
        "normal",
        "normal_",
        "uniform_",
        "exponential_",
        "geometric_",
        "cauchy_",
        "log_normal_",
        "gumbel_softmax",
        "binomial",
    ];

    private static readonly HashSet<string> ByData =
    [
        "nonzero",
        "argwhere",
        "masked_select",
        "unique_dim",
        "unique_consecutive",
        "_unique",
        "_unique2",
        "bincount",
        "repeat_interleave",
    ];

    public static SourceEffects Of(IReadOnlyList<SourceToken> tokens)
    {
        bool random = false;
        bool prints = false;
        bool mutates = false;
        bool loops = false;
        string? needsData = null;
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            SourceToken token = tokens[i];
            SourceToken next = tokens[i + 1];
            if (token.Kind == TokenKind.Name && next.Is("("))
            {
                random |= Random.Contains(token.Text) || RandomParts.Any(token.Text.Contains);
                prints |= token.Text == "print";
                needsData ??= ByData.Contains(token.Text)
                    ? $"{token.Text} gives as many elements as its input's values say"
                    : null;
                mutates |= token.Text.EndsWith('_') && !token.Text.EndsWith("__", StringComparison.Ordinal);
            }

            loops |= token.Is("while");

            // x[0] = 1, x += 1
            mutates |= token.Is("]") && next.Is("=");
            mutates |=
                token.Kind == TokenKind.Sign
                && "+-*/@&|^%<>".Contains(token.Text[0])
                && next.Is("=")
                && token.End == next.Start;
            mutates |= token.Is("out") && next.Is("=");
        }

        return new SourceEffects(random, prints, mutates, loops, needsData);
    }
}
