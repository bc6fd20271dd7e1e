using System.Diagnostics;

namespace Torch2Jax.Batches;

/// <summary>Whether this process may still believe that its chunks are its own.</summary>
internal sealed class Lease(TimeSpan length)
{
    private long renewed = Stopwatch.GetTimestamp();

    public TimeSpan Length => length;

    /// <summary>False when nobody has confirmed it for its length: another process may have the chunks by now.</summary>
    public bool IsValid => Stopwatch.GetElapsedTime(Interlocked.Read(ref renewed)) < length;

    /// <summary>The lease counts from before the request was sent, since nobody knows when it arrived.</summary>
    public void Renew(long sentAt) => Interlocked.Exchange(ref renewed, sentAt);
}
