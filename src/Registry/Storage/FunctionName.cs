using System.Text.RegularExpressions;

namespace Torch2Jax.Registry.Storage;

/// <summary>What a function may be called; the database has the same rule.</summary>
internal static partial class FunctionName
{
    /// <summary>Greater than every character of a name.</summary>
    private const char AfterAll = '~';

    public static bool IsLegal(string name) => Legal().IsMatch(name);

    /// <summary>
    /// The first text after all names that begin with <paramref name="prefix"/>; null where no name can begin so. A range
    /// needs no LIKE, in which the legal <c>_</c> would be special, and an index serves it.
    /// </summary>
    public static string? EndOf(string prefix) => LegalPrefix().IsMatch(prefix) ? prefix + AfterAll : null;

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex Legal();

    [GeneratedRegex(@"\A([A-Za-z_][A-Za-z0-9_.-]{0,127})?\z")]
    private static partial Regex LegalPrefix();
}
