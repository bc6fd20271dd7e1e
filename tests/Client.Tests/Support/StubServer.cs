using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Torch2Jax.Client.Tests.Support;

/// <summary>A real HTTP server that answers as the test says, but lets a session open.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private const string Devices = """{"devices":[],"libtorch":"none","threads":1}""";
    private readonly WebApplication app;

    private StubServer(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = null!;

    public List<(string Path, string? Authorization)> Seen { get; } = [];

    public static async Task<StubServer> StartAsync(RequestDelegate answer, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, options => listen?.Invoke(options))
        );
        var server = new StubServer(builder.Build());
        server.app.Run(async context =>
        {
            lock (server.Seen)
            {
                server.Seen.Add((context.Request.Path, context.Request.Headers.Authorization));
            }

            if (context.Request.Path == "/api/devices")
            {
                await context.Response.WriteAsync(Devices);
            }
            else
            {
                await answer(context);
            }
        });
        await server.app.StartAsync();
        var addresses = server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Address = new Uri(addresses.Addresses.First());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
