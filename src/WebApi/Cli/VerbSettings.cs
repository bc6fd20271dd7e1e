using Torch2Jax.Registry;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Cli;

/// <summary>The settings of commands: from where the service has its own, so that both mean the same database.</summary>
internal static class VerbSettings
{
    public static RegistryOptions Database(IEnumerable<string> args)
    {
        var environment =
            Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? "Production";
        var configuration = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environment}.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine([.. args])
            .Build();
        return DatabaseSettings.From(configuration);
    }
}
