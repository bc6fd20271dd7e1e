using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>Chunks a second over the last few reports.</summary>
internal sealed class BatchPace
{
    private const int Remembered = 10;

    private readonly Queue<(TimeSpan At, int Closed)> seen = new();

    public double Note(TimeSpan at, ChunkCounts counts)
    {
        var closed = counts.Completed + counts.Discarded;
        seen.Enqueue((at, closed));
        var (since, before) = seen.Count > Remembered ? seen.Dequeue() : seen.Peek();
        return at > since ? Math.Max(0, closed - before) / (at - since).TotalSeconds : 0;
    }
}
