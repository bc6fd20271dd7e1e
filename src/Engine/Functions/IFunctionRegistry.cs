using Torch2Jax.Stored;

namespace Torch2Jax.Functions;

/// <summary>
/// Where functions and shape caches are kept. Functions are durable before a method returns; cache entries and hits are
/// queued and written in batches, so that a slow or absent database never slows or fails a call of a known function.
/// </summary>
/// <remarks>
/// While the database is away every awaited member throws an EngineException with RegistryUnavailable; the queued ones
/// never throw.
/// </remarks>
public interface IFunctionRegistry : IAsyncDisposable
{
    /// <summary>Raised when a function changed, here or in another process; on a thread of the registry's own.</summary>
    event Action<FunctionChange>? Changed;

    /// <summary>Arrays that calls name; where a registry keeps none, nothing can be stored.</summary>
    IArrayStore Arrays => NoArrayStore.Instance;

    /// <summary>Whether the database answers, and how much waits to be written.</summary>
    RegistryStatus Status { get; }

    /// <summary>
    /// Stores content under a name: a new version, or the latest one again where its SHA-256 is the same. Version numbers
    /// are never used twice, not even after a delete.
    /// </summary>
    Task<SavedVersion> SaveAsync(
        string name,
        FunctionContent content,
        FunctionDetails details,
        CancellationToken cancellationToken
    );

    /// <summary>The version asked for, or the latest where <paramref name="version"/> is null; null where there is none.</summary>
    Task<FunctionVersion?> FindAsync(string name, int? version, CancellationToken cancellationToken);

    /// <summary>Whether any version of that name exists.</summary>
    Task<bool> ExistsAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Latest versions in order of their names (ordinal), from <paramref name="after"/> (exclusive) on. Lists leave out
    /// the bytes of archives: those are empty here, and whole in what <see cref="FindAsync"/> returns.
    /// </summary>
    Task<IReadOnlyList<FunctionVersion>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>All versions of one function, oldest first; without the bytes of archives, as in every list.</summary>
    Task<IReadOnlyList<FunctionVersion>> ListVersionsAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes a function, its versions and its shape cache; false where it did not exist.</summary>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Shape-cache entries of one version, most used first.</summary>
    Task<IReadOnlyList<ShapeCacheRecord>> LoadShapeCacheAsync(
        string name,
        int version,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>The most used entries of the latest versions of all functions, most used first; what warm-up reads.</summary>
    Task<IReadOnlyList<ShapeCacheRecord>> LoadMostUsedAsync(
        int perFunction,
        int total,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes the shape cache of a function (all its versions), queued writes of it included.</summary>
    Task<int> ClearShapeCacheAsync(string name, CancellationToken cancellationToken);

    /// <summary>Queues an entry: it replaces one of the same key, and its hits are added to those stored.</summary>
    void QueueEntry(ShapeCacheRecord entry);

    /// <summary>Queues uses of an entry: the engine counts in memory and hands over sums now and then.</summary>
    void QueueHits(ShapeCacheKey key, long count, DateTimeOffset lastUsedAt);

    /// <summary>Waits until everything queued so far is written, or the token is cancelled.</summary>
    Task FlushAsync(CancellationToken cancellationToken);
}
