using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using Torch2Jax.Registry.Keys;

namespace Torch2Jax.WebApi.Security;

/// <summary>A key in memory, with what this process counts of its use.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A limiter without a timer holds nothing.")]
internal sealed class HeldKey
{
    private readonly byte[] sha256;
    private readonly long expires;
    private readonly TokenBucketRateLimiter? limiter;
    private long lastUsed;
    private long written;

    public HeldKey(KnownApiKey known, int defaultRate)
    {
        Key = known.Key;
        sha256 = known.Sha256.ToArray();
        expires = known.Key.ExpiresAt?.UtcTicks ?? long.MaxValue;
        if ((known.Key.RatePerMinute ?? defaultRate) is > 0 and var rate)
        {
            limiter = new TokenBucketRateLimiter(
                new TokenBucketRateLimiterOptions
                {
                    TokenLimit = rate,
                    TokensPerPeriod = Math.Max(1, rate / 60),
                    ReplenishmentPeriod = TimeSpan.FromMinutes(Math.Max(1, rate / 60) / (double)rate),
                    // By the request itself: no timer for each key.
                    AutoReplenishment = false,
                    QueueLimit = 0,
                }
            );
        }
    }

    public ApiKey Key { get; }

    public ReadOnlySpan<byte> Sha256 => sha256;

    public bool HoldsAt(DateTime now) => now.Ticks < expires;

    /// <summary>Notes a use; when it was is written to the database later.</summary>
    public void UsedAt(DateTime now) => Volatile.Write(ref lastUsed, now.Ticks);

    /// <summary>The last use that is not written yet.</summary>
    public DateTimeOffset? TakeUse()
    {
        var used = Volatile.Read(ref lastUsed);
        if (used == written)
        {
            return null;
        }

        written = used;
        return new DateTimeOffset(used, TimeSpan.Zero);
    }

    /// <summary>Makes a taken use count as not written again.</summary>
    public void KeepUse() => written = 0;

    /// <summary>Takes one request of the key's rate; else says after how many seconds there is one again.</summary>
    public bool TryAcquire(out int retryAfter)
    {
        retryAfter = 0;
        if (limiter is null)
        {
            return true;
        }

        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
            retryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        }

        return lease.IsAcquired;
    }

    /// <summary>Whether this is the same key, with the same rights.</summary>
    public bool IsStill(KnownApiKey known) =>
        known.Sha256.Span.SequenceEqual(sha256)
        && Key with { LastUsedAt = null } == known.Key with { LastUsedAt = null };
}
