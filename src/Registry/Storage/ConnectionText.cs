using Npgsql;

namespace Torch2Jax.Registry.Storage;

/// <summary>A connection string as .NET writes it, or the URL that most other programs take.</summary>
internal static class ConnectionText
{
    /// <summary>The settings it stands for.</summary>
    /// <exception cref="RegistrySetupException">It cannot be read; the text never repeats it, for it holds a password.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        try
        {
            return
                text.StartsWith("postgresql://", StringComparison.Ordinal)
                || text.StartsWith("postgres://", StringComparison.Ordinal)
                ? ReadUrl(new Uri(text))
                : new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // Not kept as the cause: its own text may quote a part.
            throw new RegistrySetupException(
                "The registry's connection string cannot be read; it looks like "
                    + "'Host=db.example;Username=torch2jax;Password=...;Database=torch2jax' or "
                    + "'postgresql://torch2jax:...@db.example:5432/torch2jax'."
            );
        }
    }

    private static NpgsqlConnectionStringBuilder ReadUrl(Uri url)
    {
        var settings = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(url.Host) };
        if (url.Port > 0)
        {
            settings.Port = url.Port;
        }
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            settings.Username = Uri.UnescapeDataString(user[0]);
        }
        if (user.Length == 2)
        {
            settings.Password = Uri.UnescapeDataString(user[1]);
        }
        if (url.AbsolutePath.Length > 1)
        {
            settings.Database = Uri.UnescapeDataString(url.AbsolutePath[1..]);
        }
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            // libpq's names (sslmode, application_name) are Npgsql's without the underscores.
            var (name, value) = pair.Split('=', 2) is [var key, var given] ? (key, given) : (pair, "");
            settings[name.Replace("_", " ", StringComparison.Ordinal)] = Uri.UnescapeDataString(value);
        }
        return settings;
    }
}
