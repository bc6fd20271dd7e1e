using Torch2Jax.Registry;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Cli;

/// <summary><c>database status</c> and <c>database stop</c>: the private server, which outlives the service.</summary>
internal static class DatabaseVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        var options = VerbSettings.Database(args.Skip(1));
        try
        {
            return args switch
            {
                ["status", ..] => await StatusAsync(options),
                ["stop", ..] => await StopAsync(options),
                _ => throw new StartException("database takes status or stop."),
            };
        }
        catch (RegistrySetupException error)
        {
            throw new StartException(error.Message);
        }
    }

    private static async Task<int> StatusAsync(RegistryOptions options)
    {
        if (!string.IsNullOrEmpty(options.ConnectionString))
        {
            Console.WriteLine("The service uses the server that TORCH2JAX_DATABASE names, not a private one.");
            return 0;
        }

        var status = await EmbeddedPostgres.StatusAsync(options.DataDirectory, CancellationToken.None);
        Console.WriteLine(
            status switch
            {
                { Exists: false } =>
                    $"There is no private database in {status.DataDirectory} yet; the service makes one.",
                { Server: null } => $"The private database in {status.DataDirectory} does not run.",
                { Server: { } server } =>
                    $"The private database in {status.DataDirectory} runs (process {server.ProcessId}, socket in {server.SocketDirectory}).",
            }
        );
        return 0;
    }

    private static async Task<int> StopAsync(RegistryOptions options)
    {
        var stopped = await EmbeddedPostgres.StopAsync(options.DataDirectory, CancellationToken.None);
        Console.WriteLine(stopped ? "The private database is stopped." : "No private database runs.");
        return 0;
    }
}
