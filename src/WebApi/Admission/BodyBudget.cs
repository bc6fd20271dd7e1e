using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Admission;

/// <summary>The bytes of bodies that all requests together may hold.</summary>
internal sealed class BodyBudget
{
    private readonly long total;
    private long used;

    public BodyBudget(long bytes) =>
        total = bytes > 0 ? bytes : Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 64L << 20);

    public long Used => Interlocked.Read(ref used);

    /// <summary>Takes bytes until <see cref="Return"/>.</summary>
    /// <exception cref="EngineException">Overloaded where others hold them; PayloadTooLarge where they never can be there.</exception>
    public void Take(long bytes)
    {
        if (bytes > total)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The body has {bytes} bytes; this service has memory for {total} in all."
            );
        }

        if (Interlocked.Add(ref used, bytes) > total)
        {
            Interlocked.Add(ref used, -bytes);
            throw new EngineException(
                ErrorCode.Overloaded,
                "Bodies of other requests fill the memory set aside for them; try again after the time in Retry-After."
            );
        }
    }

    public void Return(long bytes) => Interlocked.Add(ref used, -bytes);
}
