using Torch2Jax.Registry;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Which database: a connection string names an existing server; without one the private one is used.</summary>
internal static class DatabaseSettings
{
    public static RegistryOptions From(IConfiguration configuration) =>
        new(
            Text(configuration["TORCH2JAX_DATABASE"])
                ?? File(Text(configuration["TORCH2JAX_DATABASE_FILE"]))
                ?? Text(configuration.GetConnectionString("Torch2Jax")),
            Text(configuration["TORCH2JAX_DATA"]),
            Text(configuration["Database:Schema"]) ?? "torch2jax"
        );

    // Secrets come as files from systemd (LoadCredential) and from mounted volumes.
    private static string? File(string? path)
    {
        try
        {
            return path is null ? null
                : Text(System.IO.File.ReadAllText(path).Trim()) is { } text ? text
                : throw new StartException("The file that TORCH2JAX_DATABASE_FILE names is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The file that TORCH2JAX_DATABASE_FILE names cannot be read: {error.Message}");
        }
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
