using System.Globalization;
using Torch2Jax.Functions;
using Torch2Jax.Registry;
using Torch2Jax.Registry.Embedded;

// A second process for the tests of the registry: what two processes do at once, or one that is killed.
var none = CancellationToken.None;
var (command, directory) = (args[0], args[1]);
try
{
    switch (command)
    {
        case "start":
            var server = await EmbeddedPostgres.StartAsync(directory, null, none);
            Console.WriteLine($"{server.ProcessId} {server.ConnectionString}");
            return 0;
        case "stop":
            Console.WriteLine(await EmbeddedPostgres.StopAsync(directory, none) ? "stopped" : "was not running");
            return 0;
        case "save":
            await SaveAsync(args[2], args[3], int.Parse(args[4], CultureInfo.InvariantCulture));
            return 0;
        default:
            Console.Error.WriteLine($"unknown command '{command}'");
            return 2;
    }
}
catch (RegistrySetupException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

// Saves versions of one function and says each version when it was answered.
async Task SaveAsync(string schema, string name, int count)
{
    await using var registry = await PostgresRegistry.OpenAsync(new(null, directory, schema), null, none);
    for (var index = 0; index < count; index++)
    {
        var content = new FunctionContent(
            $"# {Environment.ProcessId} {index}\n",
            null,
            "f",
            false,
            null,
            null,
            null,
            "sequential",
            null
        );
        var details = new FunctionDetails("f() -> Tensor", null, null, null, [], null);
        var saved = await registry.SaveAsync(name, content, details, none);
        Console.WriteLine(saved.Version.Version.ToString(CultureInfo.InvariantCulture));
    }
}
