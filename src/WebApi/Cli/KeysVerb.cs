using System.Globalization;
using Torch2Jax.Errors;
using Torch2Jax.Registry;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Cli;

/// <summary>
/// <c>keys add</c>, <c>keys list</c> and <c>keys revoke</c>. Whoever can run it has the database, and so is an admin
/// without a key.
/// </summary>
internal static class KeysVerb
{
    private static readonly string[] OfAdd = ["role", "name", "expires", "rate"];

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            ChangeOrigin.Current = new ChangeOrigin(ChangeActor.Command);
            switch (args)
            {
                case ["add", .. var options]:
                    return await AddAsync(options);
                case ["list", .. var options]:
                    Check(options, []);
                    return await ListAsync(options);
                case ["revoke", [not '-', ..] id, .. var options]:
                    Check(options, []);
                    return await RevokeAsync(id, options);
                default:
                    throw new StartException("keys takes add --role ROLE, list, or revoke ID.");
            }
        }
        catch (RegistrySetupException error)
        {
            throw new StartException(error.Message);
        }
        catch (EngineException error)
        {
            throw new StartException(error.Path is null ? error.Message : $"{error.Path}: {error.Message}");
        }
    }

    private static async Task<int> AddAsync(string[] args)
    {
        Check(args, OfAdd);
        // The command line alone: NAME and ROLE are common in environments.
        var given = new ConfigurationBuilder().AddCommandLine(args).Build();
        var role = NewKeyReader.Role(given["role"]);
        int? rate = given["rate"] is { } number
            ? int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : throw new StartException($"--rate {number}: a number of requests a minute was expected.")
            : null;
        var now = DateTimeOffset.UtcNow;
        DateTimeOffset? expires = given["expires"] is { } span ? NewKeyReader.After(span, now, "expires") : null;
        var key = new NewApiKey(given["name"] ?? role.Name(), role, expires, rate);

        await using var registry = await OpenAsync(args);
        var made = await registry.Keys.AddAsync(key, adminFirst: false, CancellationToken.None);
        var live = (await registry.Keys.LoadAsync(CancellationToken.None)).Select(known => known.Key).ToArray();
        var error = Console.Error;
        await error.WriteLineAsync(
            $"Key {made.Key.Id} ({made.Key.Prefix}), {role.Name()}: this is the only time it is shown."
        );
        if (live.Length == 1)
        {
            await error.WriteLineAsync("It is the first: from now on every request needs a key.");
        }

        if (!live.Any(one => one.Role == KeyRole.Admin))
        {
            await error.WriteLineAsync("There is no admin's key: until there is, keys are made by this command alone.");
        }

        Console.WriteLine(made.Text);
        return 0;
    }

    private static async Task<int> ListAsync(string[] args)
    {
        await using var registry = await OpenAsync(args);
        Console.WriteLine(
            $"{"ID", 4}  {"PREFIX", -12}  {"ROLE", -7}  {"RATE", 6}  {"LAST USED", -16}  {"STATE", -24}  NAME"
        );
        foreach (var key in await registry.Keys.ListAsync(CancellationToken.None))
        {
            Console.WriteLine(
                $"{key.Id, 4}  {key.Prefix, -12}  {key.Role.Name(), -7}  {key.RatePerMinute, 6}  {Time(key.LastUsedAt), -16}  {State(key), -24}  {key.Name}"
            );
        }

        return 0;
    }

    private static async Task<int> RevokeAsync(string id, string[] args)
    {
        await using var registry = await OpenAsync(args);
        var key = await registry.Keys.RevokeAsync(id, keepAdmin: false, CancellationToken.None);
        if (key is null)
        {
            throw new StartException($"There is no key '{id}'; keys list shows their numbers and prefixes.");
        }

        await Console.Error.WriteLineAsync($"Key {key.Id} ({key.Prefix}) is revoked.");
        if ((await registry.Keys.LoadAsync(CancellationToken.None)).Count == 0)
        {
            await Console.Error.WriteLineAsync(
                "There are no keys any more: services that listen on loopback are open to every program of their machine."
            );
        }

        return 0;
    }

    private static Task<PostgresRegistry> OpenAsync(string[] args) =>
        PostgresRegistry.OpenAsync(VerbSettings.Database(args), null, CancellationToken.None);

    /// <summary>Every option is --name value or --name=value; those with a colon or in capitals are settings.</summary>
    private static void Check(string[] args, string[] known)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..].Split('=')[0] : "";
            var setting =
                name.Contains(':', StringComparison.Ordinal) || name.StartsWith("TORCH2JAX_", StringComparison.Ordinal);
            if (!setting && !known.Contains(name))
            {
                var options =
                    known.Length == 0 ? "no option but settings" : string.Join(", ", known.Select(one => $"--{one}"));
                throw new StartException($"'{args[i]}' is not understood; this command takes {options}.");
            }

            if (
                !args[i].Contains('=', StringComparison.Ordinal)
                && (++i == args.Length || args[i].StartsWith("--", StringComparison.Ordinal))
            )
            {
                throw new StartException($"--{name} has no value.");
            }
        }
    }

    private static string State(ApiKey key) =>
        key.RevokedAt is not null ? $"revoked {Time(key.RevokedAt)}"
        : key.ExpiresAt is null ? "holds"
        : key.ExpiresAt <= DateTimeOffset.UtcNow ? $"expired {Time(key.ExpiresAt)}"
        : $"until {Time(key.ExpiresAt)}";

    private static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";
}
