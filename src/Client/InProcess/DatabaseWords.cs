namespace Torch2Jax.Client;

/// <summary>A database in words.</summary>
internal static class DatabaseWords
{
    public static string Of(InProcessSessionOptions options, string address)
    {
        var what =
            !string.IsNullOrWhiteSpace(options.ConnectionString) ? $"PostgreSQL at {address}"
            : options.DataDirectory is { } folder ? $"private PostgreSQL in {folder}"
            : "private PostgreSQL of this user";
        return $"{what}, schema {options.Schema}";
    }
}
