using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Torch2Jax.Client;
using Torch2Jax.Functions;
using Torch2Jax.Registry;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.Torch;

namespace Torch2Jax.Conformance.Transports;

/// <summary>Every transport over one real libtorch and one real PostgreSQL of this run's own, a schema for each.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime.")]
public sealed class ServiceFixture : IAsyncLifetime
{
    // Short, since the socket's path in it is limited, and open to pass through, since as root the server runs as another user.
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("t2j-");
    private readonly Dictionary<string, ITransport> transports = [];
    private WebApplicationFactory<Program>? factory;
    private FunctionService? engine;
    private PostgresRegistry? registry;
    private ITorchBackend? backend;
    private InProcessSession? inProcess;
    private RemoteSession? remote;
    private CmdletTransport? cmdlets;

    public async Task InitializeAsync()
    {
        File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_001_001);
        factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseSetting("TORCH2JAX_DATA", data.FullName);
            host.UseSetting("Database:Schema", "conformance_http");
        });
        factory.UseKestrel();
        factory.StartServer();
        var client = factory.CreateClient();
        await ReadyAsync(client);
        transports["http"] = new HttpTransport(client);
        transports["named"] = new NamedTransport(client);

        backend = TorchBackends.Create();
        registry = await PostgresRegistry.OpenAsync(
            new RegistryOptions(null, data.FullName, "conformance_engine"),
            null,
            default
        );
        engine = new FunctionService(backend, registry, new FunctionServiceOptions());
        await engine.StartAsync(default);
        transports["engine"] = new EngineTransport(engine);

        inProcess = InProcessSession.Open(
            new InProcessSessionOptions { DataDirectory = data.FullName, Schema = "conformance_session" }
        );
        transports["session"] = new SessionTransport(inProcess);
        remote = RemoteSession.Open(client.BaseAddress!);
        transports["remote"] = new SessionTransport(remote);
        transports["cmdlets"] = cmdlets = new CmdletTransport(data.FullName, "conformance_cmdlets");
    }

    public async Task DisposeAsync()
    {
        cmdlets?.Dispose();
        inProcess?.Dispose();
        remote?.Dispose();
        if (factory is not null)
        {
            await factory.DisposeAsync();
        }

        if (engine is not null)
        {
            await engine.DisposeAsync();
        }

        if (registry is not null)
        {
            await registry.DisposeAsync();
        }

        backend?.Dispose();
        await EmbeddedPostgres.StopAsync(data.FullName, default);
        data.Delete(recursive: true);
    }

    internal ITransport Transport(string name) => transports[name];

    private static async Task ReadyAsync(HttpClient client)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            Assert.True(DateTime.UtcNow < deadline, await answer.Content.ReadAsStringAsync());
            await Task.Delay(100);
        }
    }
}
