namespace Torch2Jax.PsModule.Tests.Support;

/// <summary>Where the parts of the checkout lie that these tests use as they are.</summary>
internal static class Layout
{
    public static string Root { get; } = FindRoot();

    /// <summary>The module as Import-Module is given it.</summary>
    public static string Module { get; } = Path.Combine(Root, "src/PsModule/bin", Configuration, "Torch2Jax");

    public static string Service { get; } =
        Path.Combine(Root, "src/WebApi/bin", Configuration, "net10.0", "Torch2Jax.WebApi.dll");

    public static string Specs { get; } = Path.Combine(AppContext.BaseDirectory, "Specs");

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    // .../bin/Debug/net10.0/
    private static string Configuration =>
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Torch2Jax.Automation.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"There is no checkout around {AppContext.BaseDirectory}.");
    }
}
