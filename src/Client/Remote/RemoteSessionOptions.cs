namespace Torch2Jax.Client;

/// <summary>How a service is talked to.</summary>
public sealed record RemoteSessionOptions
{
    /// <summary>
    /// How long an answer is waited for where the call names no time of its own; then DeadlineExceeded.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a connection may take to be made.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
