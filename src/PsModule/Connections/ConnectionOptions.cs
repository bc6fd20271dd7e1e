namespace Torch2Jax.PsModule.Connections;

/// <summary>Where functions run; equal options share one engine or one client.</summary>
/// <param name="Uri">A service's address; null for this process.</param>
/// <param name="ApiKey">The service's key.</param>
/// <param name="ConnectionString">An existing PostgreSQL; null for the private one.</param>
/// <param name="DataDirectory">The private server's folder; null for this user's.</param>
/// <param name="Schema">The PostgreSQL schema.</param>
/// <param name="TimeoutSec">How long a service's answer is waited for; null for the client's own limit.</param>
internal sealed record ConnectionOptions(
    Uri? Uri = null,
    string? ApiKey = null,
    string? ConnectionString = null,
    string? DataDirectory = null,
    string? Schema = null,
    double? TimeoutSec = null
);
