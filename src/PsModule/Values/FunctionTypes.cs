using System.Text.RegularExpressions;
using Torch2Jax.Torch;

namespace Torch2Jax.PsModule.Values;

/// <summary>What a function takes and gives, read from its signature's text or from its source.</summary>
/// <param name="Parameters">Names and types in order; a type that cannot be read is null.</param>
/// <param name="Returns">The type of its result; null where it is not written down.</param>
internal sealed partial record FunctionTypes(
    IReadOnlyList<KeyValuePair<string, TorchType?>> Parameters,
    TorchType? Returns
)
{
    /// <summary>Nothing is known.</summary>
    public static FunctionTypes Unknown { get; } = new([], null);

    /// <summary>Reads <c>f(x: Tensor, n: int = 3) -> Tensor</c>.</summary>
    public static FunctionTypes OfSignature(string signature)
    {
        var open = signature.IndexOf('(', StringComparison.Ordinal);
        var close = open < 0 ? -1 : Closing(signature, open);
        if (close < 0)
        {
            return Unknown;
        }

        var parameters = Split(signature[(open + 1)..close])
            .Select(parameter => parameter.Trim())
            .Where(parameter => parameter.Length > 0 && parameter is not ("*" or "self"))
            .Select(Parameter);
        var arrow = signature.IndexOf("->", close, StringComparison.Ordinal);
        var returns = arrow < 0 ? null : signature[(arrow + 2)..];
        return new FunctionTypes([.. parameters], returns is null ? null : TypeOf(returns.Split(":\n")[0]));
    }

    /// <summary>Finds the function in a source; what has no annotation is a tensor, as TorchScript has it.</summary>
    public static FunctionTypes OfSource(string source, string? entry)
    {
        var definitions = Definitions().Matches(source);
        var found =
            entry is null && definitions.Count == 1
                ? definitions[0]
                : definitions.FirstOrDefault(definition => definition.Groups[1].Value == entry);
        if (found is null)
        {
            return Unknown;
        }

        var close = Closing(source, found.Index + found.Length - 1);
        if (close < 0)
        {
            return Unknown;
        }

        var colon = source.IndexOf(':', close);
        return OfSignature(colon < 0 ? source[found.Index..(close + 1)] : source[found.Index..colon]);
    }

    public TorchType? Of(string parameter) => Parameters.FirstOrDefault(named => named.Key == parameter).Value;

    private static KeyValuePair<string, TorchType?> Parameter(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return new(text.Split('=')[0].Trim(), TypeOf("Tensor"));
        }

        var type = text[(colon + 1)..];
        var equals = type.IndexOf('=', StringComparison.Ordinal);
        return new(text[..colon].Trim(), TypeOf(equals < 0 ? type : type[..equals]));
    }

    private static TorchType? TypeOf(string text)
    {
        try
        {
            return
                TorchType.Parse(text.Trim().Replace("torch.", "", StringComparison.Ordinal))
                    is { Kind: not TorchTypeKind.Other } type
                ? type
                : null;
        }
        catch (FormatException)
        {
            // Python has more ways to write a type than the engine's texts; then values decide alone.
            return null;
        }
    }

    private static int Closing(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] is '\'' or '"')
            {
                i = text.IndexOf(text[i], i + 1);
                if (i < 0)
                {
                    return -1;
                }
            }
            else if (text[i] is '(' or '[' or '{')
            {
                depth++;
            }
            else if (text[i] is ')' or ']' or '}' && --depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static IEnumerable<string> Split(string text)
    {
        var (start, i) = (0, 0);
        while (i < text.Length)
        {
            if (text[i] is '(' or '[' or '{')
            {
                i = Closing(text, i) is var close and >= 0 ? close : text.Length - 1;
            }
            else if (text[i] is '\'' or '"')
            {
                i = text.IndexOf(text[i], i + 1) is var end and >= 0 ? end : text.Length - 1;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }

            i++;
        }

        yield return text[start..];
    }

    [GeneratedRegex(@"^def\s+([A-Za-z_]\w*)\s*\(", RegexOptions.Multiline)]
    private static partial Regex Definitions();
}
