using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.MSBuild.Tests.Support;

/// <summary>The package in a feed of its own, packed from what was built, and a private PostgreSQL for all tests.</summary>
public sealed class PackageFixture : IAsyncLifetime
{
    // Short, since the socket's path in it is limited, and open to pass through, since as root the server runs as another user.
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("t2j-");

    public string Data => Path.Combine(root.FullName, "data");

    private string Feed => Path.Combine(root.FullName, "feed");

    public Task InitializeAsync()
    {
        File.SetUnixFileMode(root.FullName, (UnixFileMode)0b111_001_001);
        // The script packs what releases are made of; without building where the tests are of another configuration.
        var pack =
            Repository.Configuration == "Release"
                ? Command.Run(Path.Combine(Repository.Root, "scripts/pack.sh"), [Feed], Repository.Root)
                : Command.Run(
                    "dotnet",
                    ["pack", "src/MSBuild", "-c", Repository.Configuration, "--no-build", "-o", Feed, "-v", "q"],
                    Repository.Root
                );
        pack.Succeeds();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await EmbeddedPostgres.StopAsync(Data, default);
        root.Delete(recursive: true);
    }

    /// <summary>An empty folder whose only source of packages is the feed.</summary>
    internal string NewFolder(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root.FullName, name)).FullName;
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{root.FullName}/packages" /></config>
              <packageSources><clear /><add key="feed" value="{Feed}" /></packageSources>
            </configuration>
            """
        );
        return folder;
    }

    /// <summary>What the tool and the builds of tests are told of the world.</summary>
    internal (string Name, string? Value)[] Environment => [("TORCH2JAX_DATA", Data)];
}

/// <summary>All tests share the package and the database.</summary>
[CollectionDefinition(Name)]
public sealed class PackageCollection : ICollectionFixture<PackageFixture>
{
    public const string Name = "package";
}
