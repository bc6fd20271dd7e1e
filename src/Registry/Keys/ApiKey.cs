namespace Torch2Jax.Registry.Keys;

/// <summary>A key as it may be shown: everything but the key itself, which nobody keeps.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Prefix">How its text begins: t2j_ and eight characters, enough to find it by.</param>
/// <param name="RatePerMinute">Calls a minute; null for the service's default.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="RevokedAt">Since when it is refused; null while it holds.</param>
/// <param name="LastUsedAt">Its last use, some seconds late; null before the first.</param>
public sealed record ApiKey(
    int Id,
    string Name,
    KeyRole Role,
    string Prefix,
    int? RatePerMinute,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>What a new key is to be.</summary>
/// <param name="Name">What people call it, 1 to 128 characters.</param>
/// <param name="Role">What it may do.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="RatePerMinute">Calls a minute, 1 to 1,000,000; null for the service's default.</param>
public sealed record NewApiKey(string Name, KeyRole Role, DateTimeOffset? ExpiresAt = null, int? RatePerMinute = null);

/// <summary>A key that was just made.</summary>
/// <param name="Key">What is stored.</param>
/// <param name="Text">The key itself: this is the only time that it is told.</param>
public sealed record MadeApiKey(ApiKey Key, string Text)
{
    /// <summary>Without the secret, wherever it may be printed.</summary>
    public override string ToString() => $"MadeApiKey {{ {Key.Prefix} }}";
}

/// <summary>A key that is not revoked, as a service keeps it in memory.</summary>
/// <param name="Key">What may be shown of it.</param>
/// <param name="Sha256">The hash that a presented key must have.</param>
public sealed record KnownApiKey(ApiKey Key, ReadOnlyMemory<byte> Sha256);
