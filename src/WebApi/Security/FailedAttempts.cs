using System.Net;
using System.Threading.RateLimiting;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Security;

/// <summary>
/// Limits wrong keys by address. Only what fails is counted and refused: a good key is never locked out, whoever else calls
/// from behind the same proxy.
/// </summary>
internal sealed class FailedAttempts(ServiceOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        address =>
            RateLimitPartition.GetFixedWindowLimiter(
                Network(address),
                _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = Math.Max(1, options.Security.FailedPerMinute),
                    Window = TimeSpan.FromMinutes(1),
                    QueueLimit = 0,
                }
            )
    );

    /// <summary>Counts a failure; false where this address had too many.</summary>
    public bool TryCount(IPAddress? address, out int retryAfter)
    {
        using var lease = limiter.AttemptAcquire(address ?? IPAddress.None);
        retryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var after)
            ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds))
            : 1;
        return lease.IsAcquired;
    }

    public void Dispose() => limiter.Dispose();

    // One who has an IPv6 address has 2^64 of them.
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length) || length != bytes.Length)
        {
            return address;
        }

        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
