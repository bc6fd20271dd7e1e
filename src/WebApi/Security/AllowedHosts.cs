using System.Collections.Frozen;

namespace Torch2Jax.WebApi.Security;

/// <summary>The host names that requests may name: the loopback's and those of the configuration.</summary>
/// <param name="names">More names; <c>*</c> allows any.</param>
internal sealed class AllowedHosts(IEnumerable<string> names)
{
    private readonly FrozenSet<string> known = names
        .Concat(["localhost", "127.0.0.1", "[::1]"])
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public bool Allows(HostString host) => !host.HasValue || known.Contains(host.Host) || known.Contains("*");
}
