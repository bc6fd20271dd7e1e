namespace Torch2Jax.Batches.Tests;

/// <summary>The real store, with something happening in between.</summary>
internal sealed class StoreThat(IBatchStore store) : IBatchStore
{
    private int completed;

    public Action? BeforeClaim { get; init; }

    public Func<Task>? AfterComplete { get; init; }

    public int Completed => completed;

    public Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(
        Guid id,
        Guid owner,
        int limit,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        BeforeClaim?.Invoke();
        return store.ClaimAsync(id, owner, limit, lease, cancellationToken);
    }

    public async Task<IReadOnlySet<int>> CompleteAsync(
        Guid id,
        IReadOnlyList<FinishedChunk> chunks,
        CancellationToken cancellationToken
    )
    {
        var ours = await store.CompleteAsync(id, chunks, cancellationToken);
        Interlocked.Add(ref completed, ours.Count);
        if (AfterComplete is not null)
        {
            await AfterComplete();
        }

        return ours;
    }

    public Task CreateAsync(
        BatchRecord batch,
        IReadOnlyList<PlannedChunk> chunks,
        CancellationToken cancellationToken
    ) => store.CreateAsync(batch, chunks, cancellationToken);

    public Task<BatchRecord?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        store.FindAsync(id, cancellationToken);

    public Task<IReadOnlyList<BatchRecord>> ListAsync(
        int limit,
        IReadOnlyCollection<BatchState> states,
        CancellationToken cancellationToken
    ) => store.ListAsync(limit, states, cancellationToken);

    public Task<ChunkCounts> CountAsync(Guid id, CancellationToken cancellationToken) =>
        store.CountAsync(id, cancellationToken);

    public Task<IReadOnlyList<ChunkRecord>> ChunksAsync(
        Guid id,
        IReadOnlyCollection<ChunkState> states,
        CancellationToken cancellationToken
    ) => store.ChunksAsync(id, states, cancellationToken);

    public Task<bool> StartAsync(Guid id, bool again, CancellationToken cancellationToken) =>
        store.StartAsync(id, again, cancellationToken);

    public Task<BatchState> ExtendAsync(Guid id, Guid owner, TimeSpan lease, CancellationToken cancellationToken) =>
        store.ExtendAsync(id, owner, lease, cancellationToken);

    public Task FailAsync(Guid id, FailedChunk chunk, CancellationToken cancellationToken) =>
        store.FailAsync(id, chunk, cancellationToken);

    public Task ReleaseAsync(Guid id, Guid owner, int? index, CancellationToken cancellationToken) =>
        store.ReleaseAsync(id, owner, index, cancellationToken);

    public Task ReplanAsync(Guid id, IReadOnlyList<PlannedChunk> chunks, CancellationToken cancellationToken) =>
        store.ReplanAsync(id, chunks, cancellationToken);

    public Task<bool> EndAsync(Guid id, BatchState state, ChunkError? error, CancellationToken cancellationToken) =>
        store.EndAsync(id, state, error, cancellationToken);

    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken) =>
        store.DeleteAsync(id, cancellationToken);
}
