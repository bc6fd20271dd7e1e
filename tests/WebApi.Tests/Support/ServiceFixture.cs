using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>One private PostgreSQL for the run, and one service that most tests share.</summary>
public sealed class ServiceFixture : IAsyncLifetime
{
    private static int schemas;

    // Short, since the path of the socket in it is limited, and open to pass through: as root the server runs as another user.
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("t2jw-");
    private RunningService? shared;

    public RunningService Service => shared!;

    public string Data => folder.FullName;

    public static string NewSchema() => $"webapi_{Interlocked.Increment(ref schemas)}";

    public async Task InitializeAsync()
    {
        File.SetUnixFileMode(Data, (UnixFileMode)0b111_001_001);
        shared = await StartAsync(NewSchema());
    }

    /// <summary>Another service over the same server.</summary>
    public Task<RunningService> StartAsync(string schema, params (string Name, string Value)[] settings) =>
        RunningService.StartAsync(Data, schema, settings);

    public async Task DisposeAsync()
    {
        if (shared is not null)
        {
            await shared.DisposeAsync();
        }

        await EmbeddedPostgres.StopAsync(Data, CancellationToken.None);
        folder.Delete(recursive: true);
    }
}

/// <summary>All tests share the fixture, and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ServiceCollection : ICollectionFixture<ServiceFixture>
{
    public const string Name = "service";
}
