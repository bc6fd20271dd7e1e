using System.Collections.Frozen;
using System.Text;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>Error codes as people read them, <c>structure_mismatch</c>: the anchors of docs/errors.md.</summary>
public static class ErrorCodes
{
    private static readonly FrozenDictionary<ErrorCode, string> Texts = Enum.GetValues<ErrorCode>()
        .ToFrozenDictionary(code => code, code => SnakeCase(code.ToString()));

    private static readonly FrozenDictionary<string, ErrorCode> Codes = Texts.ToFrozenDictionary(
        pair => pair.Value,
        pair => pair.Key,
        StringComparer.Ordinal
    );

    /// <summary>The text of a code.</summary>
    public static string Text(ErrorCode code) => Texts[code];

    /// <summary>The text of a session's failure, <c>service_unreachable</c>.</summary>
    public static string Text(SessionFailure failure) => SnakeCase(failure.ToString());

    /// <summary>The code of a text; false where there is none.</summary>
    public static bool TryParse(string text, out ErrorCode code) => Codes.TryGetValue(text, out code);

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            text.Append(char.IsUpper(c) && text.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
