using Torch2Jax.Registry;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Which database: a connection string names an existing server; without one the private one is used.</summary>
internal static class DatabaseSettings
{
    public static RegistryOptions From(IConfiguration configuration) =>
        new(
            Text(configuration["TORCH2JAX_DATABASE"]) ?? Text(configuration.GetConnectionString("Torch2Jax")),
            Text(configuration["TORCH2JAX_DATA"]),
            Text(configuration["Database:Schema"]) ?? "torch2jax"
        );

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
