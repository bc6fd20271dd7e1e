using System.Text.RegularExpressions;

namespace Torch2Jax.Errors;

/// <summary>The rule of names that callers give, of functions and of stored arrays; the database has the same.</summary>
internal static partial class LegalName
{
    /// <summary>Refuses what cannot be a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isNot">What it is not, such as <c>no function name</c>.</param>
    /// <param name="path">Where it stands in the request.</param>
    /// <exception cref="EngineException">MalformedRequest.</exception>
    public static string Checked(string name, string isNot, string? path) =>
        Legal().IsMatch(name)
            ? name
            : throw new EngineException(
                ErrorCode.MalformedRequest,
                $"'{Shown(name)}' is {isNot}: a letter or '_' comes first, then up to 127 of letters, digits, '_', '.' and '-'.",
                path
            );

    /// <summary>What is refused may hold anything: it is cut short, and what does not print is replaced.</summary>
    public static string Shown(string text) =>
        string.Concat(text.Take(40).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))
        + (text.Length > 40 ? "..." : "");

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Legal();
}
