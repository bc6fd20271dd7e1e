using Torch2Jax.WebApi.Telemetry;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>The host's own settings: where it listens, and how it logs.</summary>
internal static class ServiceBuilder
{
    private const string AllowAnonymous = "--allow-anonymous";

    public static WebApplicationBuilder Create(string[] args)
    {
        var anonymous = args.Contains(AllowAnonymous);
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                Args = [.. args.Where(arg => arg != AllowAnonymous)],
                ContentRootPath = AppContext.BaseDirectory,
            }
        );
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.AddLogs();
        builder.Services.AddSingleton(ListenAddresses.Apply(builder, anonymous));
        return builder;
    }
}
