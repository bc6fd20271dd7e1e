using System.Globalization;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>A function's name, with or without a version: <c>name</c> is its latest version, <c>name@3</c> one of them.</summary>
/// <param name="Name">The name.</param>
/// <param name="Version">The version; null for the latest.</param>
internal readonly record struct FunctionReference(string Name, int? Version)
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
                $"'{LegalName.Shown(reference)}' names no version: a number from 1 on follows the '@', as in 'name@3'.",
                "name"
            );
        }

        return new FunctionReference(reference[..at], version);
    }

    /// <summary>Refuses a name that does not match the pattern.</summary>
    public static void CheckName(string name) => LegalName.Checked(name, "no function name", "name");

    /// <inheritdoc/>
    public override string ToString() => Version is { } version ? $"{Name}@{version}" : Name;
}
