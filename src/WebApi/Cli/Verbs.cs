using System.Reflection;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Cli;

/// <summary>The commands that do their work and end; everything else starts the service.</summary>
internal static class Verbs
{
    private const string Help = """
        Torch2Jax.WebApi - PyTorch functions with JAX's calling contract, over HTTP

        Torch2Jax.WebApi [options]           start the service
          --urls ADDRESSES                   where to listen (default http://127.0.0.1:5080)
          --allow-anonymous                  allow addresses that other machines can reach, without any API key
          --SECTION:NAME VALUE               any setting, e.g. --Limits:MaxBodyBytes 1048576
        Torch2Jax.WebApi keys add            make an API key and print it; from the first one on every request needs one
          --role ROLE                        reader, invoker, author or admin
          --name TEXT                        what people call it
          --expires SPAN                     90d, 12h, 30m
          --rate NUMBER                      requests a minute
        Torch2Jax.WebApi keys list           list all keys
        Torch2Jax.WebApi keys revoke ID      revoke the key of that number or prefix
        Torch2Jax.WebApi database status     say whether the private database runs, and where
        Torch2Jax.WebApi database stop       stop the private database
        Torch2Jax.WebApi --version           print the version
        Torch2Jax.WebApi --help              print this

        Environment
          TORCH2JAX_DATABASE                 connection string of an existing PostgreSQL; without it a private one is used
          TORCH2JAX_DATABASE_FILE            file that holds it, in its place
          TORCH2JAX_DATA                     directory of the private database
          TORCH2JAX_NATIVE                   path of libtorch2jax.so, where it is not beside the assemblies
        """;

    /// <summary>Runs the command that the arguments name; null where they start the service.</summary>
    public static async Task<int?> TryRunAsync(string[] args)
    {
        switch (args)
        {
            case ["--help" or "-h" or "help", ..]:
                Console.WriteLine(Help);
                return 0;
            case ["--version" or "version", ..]:
                Console.WriteLine(Version);
                return 0;
            case ["database", ..]:
                return await DatabaseVerb.RunAsync(args[1..]);
            case ["keys", ..]:
                return await KeysVerb.RunAsync(args[1..]);
            case [['-', ..], ..]:
            case []:
                return null;
            default:
                throw new StartException($"'{args[0]}' is no command; --help lists them.");
        }
    }

    public static string Version =>
        typeof(Verbs)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";
}
