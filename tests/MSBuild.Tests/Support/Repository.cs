using System.Reflection;

namespace Torch2Jax.MSBuild.Tests.Support;

/// <summary>Where this repository is, and what was built of it.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    public static string Tool => Path.Combine(Root, "src/Tool/bin", Configuration, "net10.0/torch2jax.dll");

    public static string Digits(string file) => Path.Combine(Root, "samples/digits", file);

    private static string Metadata(string key) =>
        typeof(Repository)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == key)
            .Value!;
}
