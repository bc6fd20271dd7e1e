using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>A source as PyTorch users write it, made into one that TorchSharp compiles, and what its text says of it.</summary>
/// <param name="Text">What is compiled; the user's lines keep their numbers.</param>
/// <param name="Header">The function that is called.</param>
/// <param name="IsRandom">Whether it names an operator that draws random numbers.</param>
/// <param name="Prints">Whether it prints.</param>
/// <param name="Mutates">Whether something looks as if it wrote in place.</param>
/// <param name="Loops">Whether it has a while loop.</param>
/// <param name="NeedsData">Why its shapes cannot be found on zeros; null where they may.</param>
internal sealed record PreparedSource(
    string Text,
    FunctionHeader Header,
    bool IsRandom,
    bool Prints,
    bool Mutates,
    bool Loops,
    string? NeedsData
)
{
    /// <exception cref="EngineException">InvalidSource, ForbiddenOperator or PayloadTooLarge.</exception>
    public static PreparedSource Read(string source, string? entry)
    {
        SourceLimits.CheckText(source);
        source = source.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal);
        if (source.Contains("# type:", StringComparison.Ordinal))
        {
            throw new EngineException(
                ErrorCode.InvalidSource,
                "type comments are not read by the TorchSharp backend; write annotations, as in def f(x: Tensor) -> Tensor."
            );
        }

        List<SourceToken> tokens = SourceLexer.Read(source);
        SourceLimits.Check(tokens);
        var effects = SourceEffects.Of(tokens);
        string text = Rename(source, tokens);

        var edits = new SourceEdits(text);
        IReadOnlyList<FunctionHeader> headers = new HeaderReader(SourceLexer.Read(text), edits).ReadAll();
        FunctionHeader header = Choose(headers, entry);
        return new PreparedSource(
            edits.Apply(),
            header,
            effects.IsRandom,
            effects.Prints,
            effects.Mutates,
            effects.Loops,
            effects.NeedsData
        );
    }

    /// <summary>The schema; <paramref name="returns"/> is what the compiler found where nothing is annotated.</summary>
    public FunctionSchema Schema(TorchType returns) =>
        new(Header.Name, Header.Arguments, returns)
        {
            IsRandom = IsRandom,
            Prints = Prints,
            Mutates = Mutates,
        };

    private static string Rename(string source, IReadOnlyList<SourceToken> tokens)
    {
        var edits = new SourceEdits(source);
        Dictionary<string, string> imported = SourceImports.Remove(tokens, edits);
        var prelude = new Prelude();
        new NameRewriter(tokens, edits, imported, prelude.Use).Rewrite();
        string text = edits.Apply().TrimEnd() + "\n";
        return prelude.Text.Length == 0 ? text : text + "\n" + prelude.Text;
    }

    private static FunctionHeader Choose(IReadOnlyList<FunctionHeader> all, string? entry)
    {
        FunctionHeader[] own = [.. all.Where(header => !header.Name.StartsWith("t2j_", StringComparison.Ordinal))];
        string names = string.Join(", ", own.Select(header => header.Name));
        if (own.Length == 0)
        {
            throw new EngineException(ErrorCode.InvalidSource, "the source defines no function.");
        }

        if (!string.IsNullOrEmpty(entry))
        {
            return own.FirstOrDefault(header => header.Name == entry)
                ?? throw new EngineException(
                    ErrorCode.InvalidSource,
                    $"the source defines no function '{entry}', only {names}."
                );
        }

        return own.Length == 1
            ? own[0]
            : throw new EngineException(
                ErrorCode.InvalidSource,
                $"the source defines several functions, say which: {names}."
            );
    }
}
