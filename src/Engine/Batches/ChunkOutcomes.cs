namespace Torch2Jax.Batches;

/// <summary>Counts what became of the chunks that this process had; one for as many services as share it.</summary>
public sealed class ChunkOutcomes
{
    private long completed;
    private long retried;
    private long discarded;

    /// <summary>On disk.</summary>
    public long Completed => Interlocked.Read(ref completed);

    /// <summary>Failed, to be tried again.</summary>
    public long Retried => Interlocked.Read(ref retried);

    /// <summary>Failed for good.</summary>
    public long Discarded => Interlocked.Read(ref discarded);

    internal void Complete(int count) => Interlocked.Add(ref completed, count);

    internal void Fail(bool again) => Interlocked.Increment(ref again ? ref retried : ref discarded);
}
