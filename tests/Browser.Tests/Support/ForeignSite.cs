using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Torch2Jax.Browser.Tests.Support;

/// <summary>A web site of somebody else, on another port of this machine.</summary>
internal sealed class ForeignSite : IAsyncDisposable
{
    private readonly WebApplication app;

    private ForeignSite(WebApplication app) => this.app = app;

    /// <summary>Its address by number: another origin of the same site as the service.</summary>
    public string SameSite => app.Urls.Single();

    /// <summary>Its address by name: another site.</summary>
    public string CrossSite => SameSite.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public static async Task<ForeignSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/", () => Results.Content("<!doctype html><title>foreign</title>", "text/html"));
        app.MapGet("/favicon.ico", () => Results.NoContent());
        await app.StartAsync();
        return new ForeignSite(app);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
