namespace Torch2Jax.MSBuild;

/// <summary>Texts as MSBuild wants them from a task.</summary>
internal static class ItemText
{
    /// <summary>A path in which no character means anything to MSBuild: no list, no wildcard, no escape.</summary>
    public static string Escaped(string path) =>
        path.Replace("%", "%25", StringComparison.Ordinal)
            .Replace(";", "%3B", StringComparison.Ordinal)
            .Replace("*", "%2A", StringComparison.Ordinal)
            .Replace("?", "%3F", StringComparison.Ordinal);
}
