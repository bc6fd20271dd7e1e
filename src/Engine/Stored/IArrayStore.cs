using Torch2Jax.Errors;

namespace Torch2Jax.Stored;

/// <summary>
/// Where stored arrays are kept: names, and content by its hash. Content that two names share is kept once, and goes with
/// the last name.
/// </summary>
/// <remarks>
/// While the database is away every awaited member throws an EngineException with RegistryUnavailable. Changes are durable
/// before a method returns.
/// </remarks>
public interface IArrayStore
{
    /// <summary>
    /// Raised when names changed, here or in another process, or when that may have been missed; on a thread of the store's
    /// own.
    /// </summary>
    event Action? Changed;

    /// <summary>Makes a name stand for content, which is stored where it is not there yet.</summary>
    /// <exception cref="EngineException">PreconditionFailed where the condition does not hold.</exception>
    Task<SavedArray> SaveAsync(
        string name,
        ArrayContent content,
        ArrayCondition condition,
        CancellationToken cancellationToken
    );

    /// <summary>What these names stand for; those that do not exist are left out.</summary>
    Task<IReadOnlyList<StoredArray>> FindAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>Reads content piece by piece, in order; it may begin anew.</summary>
    /// <returns>False where there is no such content (any more).</returns>
    Task<bool> ReadAsync(string sha256, ContentPiece take, CancellationToken cancellationToken);

    /// <summary>Names in ordinal order, from <paramref name="after"/> (exclusive) on.</summary>
    Task<IReadOnlyList<StoredArray>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes a name, and its content where no other name has it; false where it did not exist.</summary>
    /// <exception cref="EngineException">PreconditionFailed where the condition does not hold.</exception>
    Task<bool> DeleteAsync(string name, ArrayCondition condition, CancellationToken cancellationToken);
}

/// <summary>Takes a piece of content.</summary>
/// <param name="offset">Where it begins.</param>
/// <param name="bytes">The bytes; valid during the call.</param>
public delegate void ContentPiece(long offset, ReadOnlySpan<byte> bytes);

/// <summary>Keeps nothing, and has nothing.</summary>
internal sealed class NoArrayStore : IArrayStore
{
    public static NoArrayStore Instance { get; } = new();

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public Task<SavedArray> SaveAsync(
        string name,
        ArrayContent content,
        ArrayCondition condition,
        CancellationToken cancellationToken
    ) => throw new EngineException(ErrorCode.RegistryUnavailable, "This registry keeps no arrays.");

    public Task<IReadOnlyList<StoredArray>> FindAsync(
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<StoredArray>>([]);

    public Task<bool> ReadAsync(string sha256, ContentPiece take, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    public Task<IReadOnlyList<StoredArray>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<StoredArray>>([]);

    public Task<bool> DeleteAsync(string name, ArrayCondition condition, CancellationToken cancellationToken) =>
        Task.FromResult(false);
}
