using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>Takes the results of chunks; safe on many threads at once.</summary>
internal abstract class ChunkOutput : IDisposable
{
    /// <summary>Writes what a chunk's calls returned.</summary>
    /// <returns>A hash over the bytes, and how many there are.</returns>
    public abstract (ReadOnlyMemory<byte> Hash, long Bytes) Write(
        ClaimedChunk chunk,
        IReadOnlyList<(LoadedElement Element, PyTree<NDArray> Result)> results
    );

    /// <summary>Afterwards everything written survives the machine.</summary>
    public abstract void Flush();

    /// <summary>Gives the output its name; a second time does no harm.</summary>
    /// <param name="discarded">The chunks without a result.</param>
    public abstract void Finish(IReadOnlyList<PlannedChunk> discarded);

    public abstract void Dispose();
}
