using System.Collections.Immutable;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

/// <summary>Reads the schema of a function from the first line of its definition, apart from libtorch.</summary>
internal static class SourceSignature
{
    public static FunctionSchema Parse(string source, string entry)
    {
        string start = $"def {entry}(";
        string line = source.Split('\n').Single(text => text.StartsWith(start, StringComparison.Ordinal));
        int close = line.LastIndexOf(") -> ", StringComparison.Ordinal);
        var arguments = SplitAtTopLevel(line[start.Length..close]).Select(ParseArgument);
        return new FunctionSchema(
            entry,
            [.. arguments],
            TorchType.Parse(line[(close + ") -> ".Length)..].TrimEnd().TrimEnd(':'))
        );
    }

    public static FunctionSchema Of(string signature) =>
        Parse($"def {signature}:", signature[..signature.IndexOf('(', StringComparison.Ordinal)]);

    private static FunctionArgument ParseArgument(string text)
    {
        string[] nameAndRest = text.Split(':', 2);
        string[] typeAndDefault = nameAndRest[1].Split('=', 2);
        return new FunctionArgument(
            nameAndRest[0].Trim(),
            TorchType.Parse(typeAndDefault[0].Trim()),
            typeAndDefault.Length == 2,
            typeAndDefault.Length == 2 ? typeAndDefault[1].Trim() : null,
            KeywordOnly: false
        );
    }

    private static ImmutableArray<string> SplitAtTopLevel(string text)
    {
        var parts = ImmutableArray.CreateBuilder<string>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ',';
            depth +=
                c is '[' ? 1
                : c is ']' ? -1
                : 0;
            if (c == ',' && depth == 0)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }
        return [.. parts.Where(part => part.Trim().Length > 0)];
    }
}
