using System.Globalization;
using System.Text.RegularExpressions;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>A function's name, with or without a version: <c>name</c> is its latest version, <c>name@3</c> one of them.</summary>
/// <param name="Name">The name.</param>
/// <param name="Version">The version; null for the latest.</param>
internal readonly partial record struct FunctionReference(string Name, int? Version)
{
    /// <summary>Reads a reference; a plain name allocates nothing.</summary>
    public static FunctionReference Parse(string reference)
    {
        var at = reference.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return new FunctionReference(reference, null);
        }

        if (
            !int.TryParse(reference.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || version < 1
        )
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"'{Shown(reference)}' names no version: a number from 1 on follows the '@', as in 'name@3'.",
                "name"
            );
        }

        return new FunctionReference(reference[..at], version);
    }

    /// <summary>Refuses a name that does not match the pattern.</summary>
    public static void CheckName(string name)
    {
        if (!NamePattern().IsMatch(name))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"'{Shown(name)}' is no function name: a letter or '_' comes first, then up to 127 of letters, digits, "
                    + "'_', '.' and '-'.",
                "name"
            );
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Version is { } version ? $"{Name}@{version}" : Name;

    // A name that is refused may hold anything: it is cut short, and what does not print is replaced.
    private static string Shown(string text)
    {
        var cut = text.Length > 40 ? text[..40] + "..." : text;
        return string.Create(
            cut.Length,
            cut,
            static (to, from) =>
            {
                for (var i = 0; i < from.Length; i++)
                {
                    to[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i]) ? '?' : from[i];
                }
            }
        );
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
