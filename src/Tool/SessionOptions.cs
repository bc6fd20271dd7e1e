using System.CommandLine;
using Torch2Jax.Client;

namespace Torch2Jax.Tool;

/// <summary>Options of every command: which functions, and how answers and errors are written.</summary>
internal static class SessionOptions
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Write the answer as one JSON object.",
        Recursive = true,
    };

    public static readonly Option<string> Errors = new("--errors")
    {
        Description = "How errors are written: text, msbuild (file(line,column): error code: text) or json.",
        Recursive = true,
        DefaultValueFactory = _ => "text",
    };

    private static readonly Option<string?> Url = new("--url")
    {
        Description = "A service's address; TORCH2JAX_URL. Without it functions run in this process.",
        Recursive = true,
    };

    private static readonly Option<string> KeyVariable = new("--key-variable")
    {
        Description = "The environment variable that holds the service's API key.",
        Recursive = true,
        DefaultValueFactory = _ => "TORCH2JAX_API_KEY",
    };

    private static readonly Option<string?> Database = new("--database")
    {
        Description =
            "A PostgreSQL connection string or URL; TORCH2JAX_DATABASE, which keeps a password off the command line.",
        Recursive = true,
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The folder of the private PostgreSQL; TORCH2JAX_DATA, else the one of this user.",
        Recursive = true,
    };

    private static readonly Option<string> Schema = new("--schema")
    {
        Description = "The PostgreSQL schema.",
        Recursive = true,
        DefaultValueFactory = _ => "torch2jax",
    };

    public static void AddTo(Command root)
    {
        Errors.AcceptOnlyFromAmong("text", "msbuild", "json");
        foreach (var option in new Option[] { Url, KeyVariable, Database, Data, Schema, Json, Errors })
        {
            root.Add(option);
        }
    }

    /// <summary>Opens the session that options and environment name; what is on the command line goes first.</summary>
    public static IFunctionSession Open(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (url, database, data) = (parsed.GetValue(Url), parsed.GetValue(Database), parsed.GetValue(Data));
        if (url is not null && (database ?? data) is not null)
        {
            throw new ToolException(
                "usage",
                "Give --url for a service, or --database or --data for this process; not both."
            );
        }

        if ((database ?? data) is null && (url ?? Variable("TORCH2JAX_URL")) is { } address)
        {
            return OpenRemote(address, parsed.GetValue(KeyVariable)!, cancellationToken);
        }

        return InProcessSession.Open(
            new InProcessSessionOptions
            {
                ConnectionString = database ?? (data is null ? DatabaseOfEnvironment() : null),
                DataDirectory = data ?? (database is null ? Variable("TORCH2JAX_DATA") : null),
                Schema = parsed.GetValue(Schema)!,
                // One call a process: nothing to warm up for.
                WarmUp = false,
            },
            cancellationToken
        );
    }

    private static RemoteSession OpenRemote(string address, string keyVariable, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            throw new ToolException("usage", $"'{address}' is no address; one looks like https://torch2jax.example.");
        }

        try
        {
            return RemoteSession.Open(uri, Variable(keyVariable), null, cancellationToken);
        }
        catch (ArgumentException error)
        {
            throw new ToolException("usage", error.Message.Split(" (Parameter", 2)[0]);
        }
    }

    // As the service has it, for credentials that systemd or a container's secret give as a file.
    private static string? DatabaseOfEnvironment() =>
        Variable("TORCH2JAX_DATABASE")
        ?? (
            Variable("TORCH2JAX_DATABASE_FILE") is { } file
                ? System.Text.Encoding.UTF8.GetString(Values.Files.ReadAll(file)).Trim()
                : null
        );

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
