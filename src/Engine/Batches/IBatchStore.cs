namespace Torch2Jax.Batches;

/// <summary>
/// Keeps batches. Each change of a chunk is one statement that also checks the attempt, so that a process which was away
/// for a while cannot change what another has done since. Times are the store's own: no clock of a process matters.
/// </summary>
/// <remarks>Every method throws EngineException with RegistryUnavailable while the database is away.</remarks>
public interface IBatchStore
{
    /// <summary>Stores a batch with all of its chunks.</summary>
    Task CreateAsync(BatchRecord batch, IReadOnlyList<PlannedChunk> chunks, CancellationToken cancellationToken);

    /// <summary>A batch; null where there is none.</summary>
    Task<BatchRecord?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Batches in some states (all where none is named), the latest first.</summary>
    Task<IReadOnlyList<BatchRecord>> ListAsync(
        int limit,
        IReadOnlyCollection<BatchState> states,
        CancellationToken cancellationToken
    );

    /// <summary>How many chunks are where.</summary>
    Task<ChunkCounts> CountAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The chunks in some states (all where none is named), in order.</summary>
    Task<IReadOnlyList<ChunkRecord>> ChunksAsync(
        Guid id,
        IReadOnlyCollection<ChunkState> states,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Begins a batch, or begins it again: one that failed or was cancelled, whose discarded chunks become available.
    /// A running one is left as it is.
    /// </summary>
    /// <param name="id">The batch.</param>
    /// <param name="again">Whether one that failed or was cancelled is begun again.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it runs now; one that is completed never does.</returns>
    Task<bool> StartAsync(Guid id, bool again, CancellationToken cancellationToken);

    /// <summary>
    /// Takes chunks that nobody has, that are due to be tried again, or whose lease has ended; each gets a new attempt. A
    /// chunk whose process went away too often is discarded instead.
    /// </summary>
    Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(
        Guid id,
        Guid owner,
        int limit,
        TimeSpan lease,
        CancellationToken cancellationToken
    );

    /// <summary>Makes the leases of an owner's chunks longer.</summary>
    /// <returns>The state of the batch, so that its owner hears of an end.</returns>
    Task<BatchState> ExtendAsync(Guid id, Guid owner, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Marks chunks as complete.</summary>
    /// <returns>The indices that were still the attempts given; the others belong to somebody else.</returns>
    Task<IReadOnlySet<int>> CompleteAsync(
        Guid id,
        IReadOnlyList<FinishedChunk> chunks,
        CancellationToken cancellationToken
    );

    /// <summary>Marks a chunk as failed: to be tried again, or for good.</summary>
    Task FailAsync(Guid id, FailedChunk chunk, CancellationToken cancellationToken);

    /// <summary>Gives an owner's chunks back, as a process does that ends in order.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="owner">Whose chunks.</param>
    /// <param name="index">Which one; null for all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task ReleaseAsync(Guid id, Guid owner, int? index, CancellationToken cancellationToken);

    /// <summary>Makes chunks available whose input has changed since they were planned or completed.</summary>
    Task ReplanAsync(Guid id, IReadOnlyList<PlannedChunk> chunks, CancellationToken cancellationToken);

    /// <summary>
    /// Ends a running batch; as completed it must have no open chunk, and as cancelled nobody need have begun it.
    /// </summary>
    /// <returns>False where it had ended, or chunks are open.</returns>
    Task<bool> EndAsync(Guid id, BatchState state, ChunkError? error, CancellationToken cancellationToken);

    /// <summary>Forgets a batch that does not run.</summary>
    /// <returns>False where there is none; a running one is a Conflict.</returns>
    Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken);
}
