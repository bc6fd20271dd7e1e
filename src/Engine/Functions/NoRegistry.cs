using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>Keeps nothing: what functions that must never be stored are given.</summary>
internal sealed class NoRegistry : IFunctionRegistry
{
    public event Action<FunctionChange>? Changed
    {
        add { }
        remove { }
    }

    public RegistryStatus Status => new(Available: false, QueuedWrites: 0, DroppedWrites: 0);

    public Task<SavedVersion> SaveAsync(
        string name,
        FunctionContent content,
        FunctionDetails details,
        CancellationToken cancellationToken
    ) => throw Away();

    public Task<FunctionVersion?> FindAsync(string name, int? version, CancellationToken cancellationToken) =>
        throw Away();

    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => throw Away();

    public Task<IReadOnlyList<FunctionVersion>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) => throw Away();

    public Task<IReadOnlyList<FunctionVersion>> ListVersionsAsync(string name, CancellationToken cancellationToken) =>
        throw Away();

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => throw Away();

    public Task<IReadOnlyList<ShapeCacheRecord>> LoadShapeCacheAsync(
        string name,
        int version,
        int limit,
        CancellationToken cancellationToken
    ) => throw Away();

    public Task<IReadOnlyList<ShapeCacheRecord>> LoadMostUsedAsync(
        int perFunction,
        int total,
        CancellationToken cancellationToken
    ) => throw Away();

    public Task<int> ClearShapeCacheAsync(string name, CancellationToken cancellationToken) => throw Away();

    public void QueueEntry(ShapeCacheRecord entry) { }

    public void QueueHits(ShapeCacheKey key, long count, DateTimeOffset lastUsedAt) { }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static EngineException Away() => new(ErrorCode.RegistryUnavailable, "This function is not kept anywhere.");
}
