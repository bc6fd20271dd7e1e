using System.Text.RegularExpressions;
using Torch2Jax.Errors;

namespace Torch2Jax.Arrays;

/// <summary>
/// A stored array's name in the place of its tree, <c>{"$ref":"digits-params"}</c> in JSON. With a hash,
/// <c>digits-params@sha256:0f3c...</c>, it stands for that content alone.
/// </summary>
/// <param name="Name">The stored array's name.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the content that must still be there; null for whatever is.</param>
public sealed partial record ArrayReference(string Name, string? Sha256 = null) : IArgumentLeaf
{
    private const string Pin = "@sha256:";

    /// <summary>Reads <c>name</c> or <c>name@sha256:HEX</c>.</summary>
    /// <param name="text">The reference.</param>
    /// <param name="path">Where it stands in the request, for errors.</param>
    /// <exception cref="EngineException">MalformedRequest.</exception>
    public static ArrayReference Parse(string text, string? path = null)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return new ArrayReference(CheckedName(text, path));
        }

        var name = CheckedName(text[..at], path);
        return text.AsSpan(at).StartsWith(Pin) && Hash().IsMatch(text.AsSpan(at + Pin.Length))
            ? new ArrayReference(name, text[(at + Pin.Length)..])
            : throw new EngineException(
                ErrorCode.MalformedRequest,
                $"'{LegalName.Shown(text)}' names no stored array: 64 lower-case hexadecimal digits follow '{Pin}', or nothing "
                    + "follows the name.",
                path
            );
    }

    /// <summary>Refuses what cannot be a stored array's name; functions have the same rule.</summary>
    /// <exception cref="EngineException">MalformedRequest.</exception>
    public static string CheckedName(string name, string? path = null) =>
        LegalName.Checked(name, "no name of a stored array", path);

    /// <summary>As <see cref="Parse"/> takes it.</summary>
    public override string ToString() => Sha256 is null ? Name : Name + Pin + Sha256;

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hash();
}
