using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>
/// Arrays that are stored once and named in calls: <c>{"$ref":"digits-params"}</c> in the place of the tree. What was used
/// is kept in memory by its hash, so that a call that names it neither reads, parses nor copies it.
/// </summary>
public sealed class StoredArrays : IAsyncDisposable
{
    // Each time the name was rewritten between the look at it and the read of its content.
    private const int Attempts = 4;
    private const int NamesInHint = 8;

    private readonly IArrayStore store;
    private readonly ArrayCache cache;
    private readonly ArrayNames names;
    private readonly ILogger log;

    internal StoredArrays(IArrayStore store, long cacheBytes, int maxKnown, TimeProvider time, ILogger log)
    {
        this.store = store;
        this.log = log;
        cache = new ArrayCache(cacheBytes);
        names = new ArrayNames(store, maxKnown, time, log);
    }

    /// <summary>What is in memory, and how often it was found there.</summary>
    public ArrayCacheStatus Cache => cache.Status;

    /// <summary>Stores a tree under a name; durable when it returns. The arrays stay the caller's.</summary>
    /// <param name="name">The name; what it stood for goes.</param>
    /// <param name="arrays">The tree; named tuples become tuples, ordered dicts dicts.</param>
    /// <param name="condition">What must hold of the name; null for nothing.</param>
    /// <param name="cancellationToken">Gives up, unless it is stored already.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge, PreconditionFailed or RegistryUnavailable.</exception>
    public async Task<SavedArray> PutAsync(
        string name,
        PyTree<NDArray> arrays,
        ArrayCondition? condition = null,
        CancellationToken cancellationToken = default
    )
    {
        ArrayReference.CheckedName(name, "name");
        var content = ArrayContent.Of(arrays, cancellationToken);
        return await PutAsync(name, content, condition, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same with arrays that are handed over: they stay in memory for the first call, or are freed.</summary>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge, PreconditionFailed or RegistryUnavailable.</exception>
    public async Task<SavedArray> HandOverAsync(
        string name,
        PyTree<NDArray> arrays,
        ArrayCondition? condition = null,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            ArrayReference.CheckedName(name, "name");
            var content = ArrayContent.Of(arrays, cancellationToken);
            var saved = await PutAsync(name, content, condition, cancellationToken).ConfigureAwait(false);
            cache.Add(content.Sha256, content.Tree);
            return saved;
        }
        catch
        {
            foreach (var array in arrays.Leaves)
            {
                array.Dispose();
            }

            throw;
        }
    }

    /// <summary>What is known of <c>name</c>, or of <c>name@sha256:HEX</c> as long as it has that content.</summary>
    /// <exception cref="EngineException">ArrayNotFound, Conflict (other content) or RegistryUnavailable.</exception>
    public ValueTask<StoredArray> FindAsync(string reference, CancellationToken cancellationToken = default) =>
        FindAsync(ArrayReference.Parse(reference, "name"), cancellationToken);

    /// <summary>The arrays of <c>name</c> or <c>name@sha256:HEX</c>.</summary>
    /// <exception cref="EngineException">ArrayNotFound, Conflict (other content) or RegistryUnavailable.</exception>
    public ValueTask<ArrayLease> GetAsync(string reference, CancellationToken cancellationToken = default) =>
        GetAsync(ArrayReference.Parse(reference, "name"), cancellationToken);

    /// <summary>Names in ordinal order.</summary>
    /// <param name="prefix">What names begin with; null for all.</param>
    /// <param name="after">The last name of the page before; null for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<IReadOnlyList<StoredArray>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken = default
    ) => store.ListAsync(prefix, after, limit, cancellationToken);

    /// <summary>Deletes a name, and its content where no other name has it. Calls that use it go on.</summary>
    /// <exception cref="EngineException">ArrayNotFound, PreconditionFailed or RegistryUnavailable.</exception>
    public async Task DeleteAsync(
        string name,
        ArrayCondition? condition = null,
        CancellationToken cancellationToken = default
    )
    {
        ArrayReference.CheckedName(name, "name");
        var existed = await names
            .ChangeAsync(
                name,
                () => store.DeleteAsync(name, condition ?? ArrayCondition.None, cancellationToken),
                _ => null
            )
            .ConfigureAwait(false);
        if (!existed)
        {
            throw await NotFoundAsync(name, cancellationToken).ConfigureAwait(false);
        }

        log.ArrayDeleted(name);
    }

    /// <summary>Forgets what is in memory.</summary>
    public async ValueTask DisposeAsync()
    {
        await names.DisposeAsync().ConfigureAwait(false);
        cache.Close();
    }

    /// <summary>Learns names, so that their first use asks nobody for what they stand for.</summary>
    internal Task LearnAsync(int count, CancellationToken cancellationToken) =>
        names.LearnAsync(count, cancellationToken);

    internal async ValueTask<StoredArray> FindAsync(ArrayReference reference, CancellationToken cancellationToken)
    {
        if (names.Known(reference.Name) is { } known && Fits(known, reference))
        {
            return known;
        }

        var found =
            await names.AskAsync(reference.Name, cancellationToken).ConfigureAwait(false)
            ?? throw await NotFoundAsync(reference.Name, cancellationToken).ConfigureAwait(false);
        return Fits(found, reference)
            ? found
            : throw new EngineException(
                ErrorCode.Conflict,
                $"The stored array '{found.Name}' is sha256:{found.Sha256} now, not sha256:{reference.Sha256}, to which "
                    + "the request is bound. Name it without the hash for what it is now."
            );
    }

    internal async ValueTask<ArrayLease> GetAsync(ArrayReference reference, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var array = await FindAsync(reference, cancellationToken).ConfigureAwait(false);
            var content =
                cache.Find(array.Sha256)
                ?? await cache
                    .GetAsync(array.Sha256, array.Bytes, () => LoadAsync(array), cancellationToken)
                    .ConfigureAwait(false);
            if (content is not null)
            {
                return new ArrayLease(array, content);
            }

            await names.AskAsync(reference.Name, cancellationToken).ConfigureAwait(false);
        }

        throw new EngineException(
            ErrorCode.Conflict,
            $"The stored array '{reference.Name}' is being rewritten again and again; send the request again."
        );
    }

    private static bool Fits(StoredArray array, ArrayReference reference) =>
        reference.Sha256 is null || reference.Sha256 == array.Sha256;

    private async Task<SavedArray> PutAsync(
        string name,
        ArrayContent content,
        ArrayCondition? condition,
        CancellationToken cancellationToken
    )
    {
        var saved = await names
            .ChangeAsync(
                name,
                () => store.SaveAsync(name, content, condition ?? ArrayCondition.None, cancellationToken),
                saved => saved.Array
            )
            .ConfigureAwait(false);
        log.Stored(name, content.Sha256, content.Bytes, saved.Created);
        return saved;
    }

    // For everybody who waits for it, so nobody's token ends it.
    private async Task<PyTree<NDArray>?> LoadAsync(StoredArray array)
    {
        var began = Stopwatch.GetTimestamp();
        var made = new List<NDArray>();
        var complete = false;
        try
        {
            foreach (var shape in array.Shapes.Leaves)
            {
                made.Add(NDArray.Allocate(shape));
            }

            var leaves = made.ToArray();
            var found = await store
                .ReadAsync(
                    array.Sha256,
                    (offset, bytes) => ArrayContent.Write(leaves, offset, bytes),
                    CancellationToken.None
                )
                .ConfigureAwait(false);
            if (!found)
            {
                return null;
            }

            var tree = new PyTree<NDArray>(array.Shapes.Structure, leaves);
            if (ArrayContent.Of(tree).Sha256 != array.Sha256)
            {
                throw new EngineException(
                    ErrorCode.Internal,
                    $"The stored array '{array.Name}' is damaged: its bytes do not have its hash. Put it again."
                );
            }

            complete = true;
            log.Loaded(array.Name, array.Sha256, array.Bytes, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            return tree;
        }
        finally
        {
            if (!complete)
            {
                made.ForEach(array => array.Dispose());
            }
        }
    }

    private async Task<EngineException> NotFoundAsync(string name, CancellationToken cancellationToken)
    {
        var others = await store.ListAsync(null, null, NamesInHint + 1, cancellationToken).ConfigureAwait(false);
        var shown = string.Join(", ", others.Take(NamesInHint).Select(array => array.Name));
        var hint =
            others.Count == 0 ? "None is stored yet"
            : others.Count > NamesInHint ? $"Some that are: {shown}"
            : $"Those that are: {shown}";
        return new EngineException(
            ErrorCode.ArrayNotFound,
            $"No array '{name}' is stored. {hint}; PUT /api/arrays/{name} stores one."
        );
    }
}
