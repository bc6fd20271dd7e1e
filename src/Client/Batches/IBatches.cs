using Torch2Jax.Batches;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>
/// Batches: functions over files (docs/batches.md). In a session of this process this process computes their chunks; in a
/// service's, the service does, on its own files.
/// </summary>
/// <remarks>Errors are those of <see cref="IFunctionSession"/>.</remarks>
public interface IBatches
{
    /// <summary>Looks for all that is wrong with a manifest; nothing is made.</summary>
    /// <param name="manifest">The manifest's text.</param>
    /// <param name="folder">
    /// The folder that its paths start from: of this machine in this process, of the service's in a service, where null is
    /// its first root.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EngineException">What is wrong, and where in the manifest.</exception>
    BatchPreview Check(string manifest, string? folder, CancellationToken cancellationToken = default);

    /// <summary>Makes a batch. A service begins to work on it; this process does with <see cref="Run"/>.</summary>
    /// <param name="manifest">The manifest's text.</param>
    /// <param name="folder">The folder that its paths start from, as in <see cref="Check"/>.</param>
    /// <param name="reuseUnfinished">
    /// Whether the latest batch of the same manifest is given instead, where nobody has begun it, whoever did was ended,
    /// or it failed.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    MadeBatch Create(
        string manifest,
        string? folder,
        bool reuseUnfinished = false,
        CancellationToken cancellationToken = default
    );

    /// <summary>The latest batches, the newest first.</summary>
    IReadOnlyList<BatchStatus> List(int limit = 100, CancellationToken cancellationToken = default);

    /// <summary>A batch.</summary>
    BatchStatus Get(Guid id, CancellationToken cancellationToken = default);

    /// <summary>A batch's chunks in order, 1000 at most.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="state">Only those in this state; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IReadOnlyList<ChunkStatus> Chunks(Guid id, ChunkState? state = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins a batch, or begins it again, and stays until it ends. In this process its chunks are computed here: a cancelled
    /// token ends that in order, what is complete stays, and another run goes on. In a service the batch is followed: a
    /// cancelled token leaves it running.
    /// </summary>
    /// <param name="id">The batch.</param>
    /// <param name="acceptChangedInputs">Whether chunks whose inputs have changed are computed again; else that is a Conflict.</param>
    /// <param name="progress">Hears how far it is, about twice a second, on other threads.</param>
    /// <param name="cancellationToken">Leaves.</param>
    /// <returns>The batch as it ended; a failed or cancelled one is no exception.</returns>
    BatchStatus Run(
        Guid id,
        bool acceptChangedInputs = false,
        IProgress<BatchReport>? progress = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Begins a batch again for whoever works on it, and does not wait.</summary>
    BatchStatus Resume(Guid id, bool acceptChangedInputs = false, CancellationToken cancellationToken = default);

    /// <summary>Stops a batch in all processes; what is complete stays, and it can be resumed.</summary>
    BatchStatus Cancel(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Forgets a batch that does not run; its outputs stay.</summary>
    void Delete(Guid id, CancellationToken cancellationToken = default);
}
