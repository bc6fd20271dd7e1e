using System.Net;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Who can reach the service.</summary>
/// <param name="Anonymous">--allow-anonymous: other machines may call it without a key.</param>
/// <param name="Addresses">Addresses that it listens on and that other machines can reach.</param>
/// <param name="Fixed">Nothing else than the addresses asked for can be listened on.</param>
internal sealed record Exposure(bool Anonymous, IReadOnlyList<string> Addresses, bool Fixed)
{
    /// <summary>Whether a connection came in by loopback (or by no network at all).</summary>
    public bool IsLocal(ConnectionInfo connection) =>
        (Fixed && Addresses.Count == 0)
        || connection.LocalIpAddress is not { } address
        || IPAddress.IsLoopback(address);

    /// <summary>Why the service cannot run without keys; null where it can.</summary>
    public string? NeedsKeys(SecurityOptions security) =>
        Anonymous || security.RequireKeys || Addresses.Count == 0
            ? null
            : $"{Addresses[0]} can be reached from other machines, and there are no API keys: make one first "
                + "(Torch2Jax.WebApi keys add --role admin), listen on 127.0.0.1, or start with --allow-anonymous.";
}
