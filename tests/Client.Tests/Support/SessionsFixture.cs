using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.Client.Tests.Support;

/// <summary>Both sessions: one in this process, one over a real service; a real libtorch and PostgreSQL beneath each.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime.")]
public sealed class SessionsFixture : IAsyncLifetime
{
    // Short, since the socket's path in it is limited, and open to pass through, since as root the server runs as another user.
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("t2j-");
    private WebApplicationFactory<Program>? factory;
    private InProcessSession? inProcess;
    private RemoteSession? remote;

    public Uri Address { get; private set; } = null!;

    public string DataDirectory => data.FullName;

    /// <summary>The folder that batches may use.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("t2j-root-").FullName;

    public async Task InitializeAsync()
    {
        File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_001_001);
        factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseSetting("TORCH2JAX_DATA", data.FullName);
            host.UseSetting("Database:Schema", "client_service");
            host.UseSetting("Batches:Roots", Root);
        });
        factory.UseKestrel();
        factory.StartServer();
        using var client = factory.CreateClient();
        Address = client.BaseAddress!;
        await ReadyAsync(client);
        inProcess = OpenInProcess();
        remote = RemoteSession.Open(Address);
    }

    public async Task DisposeAsync()
    {
        inProcess?.Dispose();
        remote?.Dispose();
        if (factory is not null)
        {
            await factory.DisposeAsync();
        }

        await EmbeddedPostgres.StopAsync(data.FullName, default);
        data.Delete(recursive: true);
        Directory.Delete(Root, recursive: true);
    }

    public IFunctionSession Session(SessionKind kind) => kind == SessionKind.InProcess ? inProcess! : remote!;

    public InProcessSession OpenInProcess() =>
        InProcessSession.Open(
            new InProcessSessionOptions { DataDirectory = data.FullName, Schema = "client_in_process" }
        );

    private static async Task ReadyAsync(HttpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(50, limit.Token);
        }
    }
}

/// <summary>All tests that need a service share one.</summary>
[CollectionDefinition(Name)]
public sealed class SessionsCollection : ICollectionFixture<SessionsFixture>
{
    public const string Name = "sessions";
}
