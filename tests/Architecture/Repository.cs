namespace Torch2Jax.Architecture;

/// <summary>The checkout that these tests run in.</summary>
internal static class Repository
{
    private static readonly HashSet<string> Generated =
    [
        "bin",
        "obj",
        "build",
        ".git",
        "TestResults",
        "goldens",
        "oip-fixtures",
    ];

    public static string Root { get; } = FindRoot();

    /// <summary>Files below a folder, without what builds generate and without recorded data; paths with '/' from the root.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions)
    {
        var start = Path.Combine(Root, folder);
        return Directory.Exists(start) ? Walk(start, extensions) : [];
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder, string[] extensions)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (extensions.Length == 0 || extensions.Contains(Path.GetExtension(file)))
            {
                yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
            }
        }

        foreach (var child in Directory.EnumerateDirectories(folder))
        {
            if (Generated.Contains(Path.GetFileName(child)))
            {
                continue;
            }

            foreach (var file in Walk(child, extensions))
            {
                yield return file;
            }
        }
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Torch2Jax.Automation.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException("No Torch2Jax.Automation.sln above " + AppContext.BaseDirectory);
    }
}
