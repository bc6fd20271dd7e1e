using Torch2Jax.Arrays;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Stored arrays of this process's registry.</summary>
internal sealed class InProcessArrays(StoredArrays arrays, CancellableCalls calls) : IStoredArrays
{
    private const int PageSize = 200;

    public PublishedArray Put(
        string name,
        PyTree<NDArray> tree,
        ArrayCondition? condition = null,
        CancellationToken cancellationToken = default
    )
    {
        var saved = calls.Wait(token => arrays.PutAsync(name, tree, condition, token), cancellationToken);
        return new PublishedArray(StoredArraySummary.Of(saved.Array), saved.Created);
    }

    public StoredArraySummary Find(string reference, CancellationToken cancellationToken = default) =>
        StoredArraySummary.Of(calls.Wait(token => arrays.FindAsync(reference, token).AsTask(), cancellationToken));

    public StoredContent Get(string reference, CancellationToken cancellationToken = default)
    {
        var lease = calls.Wait(token => arrays.GetAsync(reference, token).AsTask(), cancellationToken);
        return new StoredContent(StoredArraySummary.Of(lease.Array), lease.Tree, lease.Dispose);
    }

    public IEnumerable<StoredArraySummary> List(string? prefix = null, CancellationToken cancellationToken = default)
    {
        string? after = null;
        do
        {
            var from = after;
            var page = calls.Wait(token => arrays.ListAsync(prefix, from, PageSize, token), cancellationToken);
            foreach (var array in page)
            {
                yield return StoredArraySummary.Of(array);
            }

            after = page.Count < PageSize ? null : page[^1].Name;
        } while (after is not null);
    }

    public void Delete(string name, ArrayCondition? condition = null, CancellationToken cancellationToken = default) =>
        calls.Wait(
            async token =>
            {
                await arrays.DeleteAsync(name, condition, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken
        );
}
