using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>
/// Content in memory by its hash: what was used last stays, within a bound of bytes. Content in use is freed by its last
/// user, however long ago it left the cache.
/// </summary>
internal sealed class ArrayCache(long capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, CachedContent> entries = new(StringComparer.Ordinal);
    private readonly LinkedList<CachedContent> order = new();
    private readonly Dictionary<string, Loading> loading = new(StringComparer.Ordinal);
    private long bytes;
    private long arrays;
    private long hits;
    private long misses;
    private long evictions;
    private bool closed;

    /// <summary>What it holds, and how it did.</summary>
    public ArrayCacheStatus Status
    {
        get
        {
            lock (gate)
            {
                return new ArrayCacheStatus(entries.Count, arrays, bytes, capacity, hits, misses, evictions);
            }
        }
    }

    /// <summary>Borrows content that is here; null where it is not.</summary>
    public CachedContent? Find(string sha256)
    {
        lock (gate)
        {
            return FindLocked(sha256);
        }
    }

    /// <summary>Borrows content, loaded once however many ask for it at the same time.</summary>
    /// <param name="sha256">The hash.</param>
    /// <param name="length">Bytes that it will take.</param>
    /// <param name="load">Makes the arrays; null where there is no such content.</param>
    /// <param name="cancellationToken">Gives up waiting; the others go on.</param>
    public async Task<CachedContent?> GetAsync(
        string sha256,
        long length,
        Func<Task<PyTree<NDArray>?>> load,
        CancellationToken cancellationToken
    )
    {
        Loading work;
        lock (gate)
        {
            if (FindLocked(sha256) is { } found)
            {
                return found;
            }

            misses++;
            if (!loading.TryGetValue(sha256, out work!))
            {
                loading[sha256] = work = new Loading();
                MakeRoom(length);
                _ = LoadAsync(sha256, work, load);
            }

            work.Users++;
        }

        try
        {
            return await work.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Leave(work);
            throw;
        }
    }

    /// <summary>Takes arrays over; where the same content is here already, those given are freed.</summary>
    public void Add(string sha256, PyTree<NDArray> given)
    {
        lock (gate)
        {
            var content = new CachedContent(this, sha256, given);
            if (closed || entries.ContainsKey(sha256) || loading.ContainsKey(sha256))
            {
                content.Free();
                return;
            }

            Keep(content);
            FreeUnused(content);
        }
    }

    /// <summary>Forgets everything; what is in use is freed by its users.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            while (order.Last is { } last)
            {
                Drop(last.Value);
            }
        }
    }

    internal void Return(CachedContent content)
    {
        lock (gate)
        {
            content.Users--;
            FreeUnused(content);
        }
    }

    private async Task LoadAsync(string sha256, Loading work, Func<Task<PyTree<NDArray>?>> load)
    {
        // Not under the lock of whoever asked first.
        await Task.Yield();
        try
        {
            var loaded = await load().ConfigureAwait(false);
            lock (gate)
            {
                loading.Remove(sha256);
                work.Content = loaded is null ? null : new CachedContent(this, sha256, loaded) { Users = work.Users };
                if (work.Content is { } content)
                {
                    if (!closed)
                    {
                        Keep(content);
                    }

                    FreeUnused(content);
                }
            }

            work.Done.SetResult(work.Content);
        }
        catch (Exception error)
        {
            // It is thrown where the content was asked for.
            lock (gate)
            {
                loading.Remove(sha256);
            }

            work.Done.SetException(error);
        }
    }

    // A user who gave up has a share of what is loaded, or will be.
    private void Leave(Loading work)
    {
        lock (gate)
        {
            work.Users--;
            if (work.Content is { } content)
            {
                content.Users--;
                FreeUnused(content);
            }
        }
    }

    private CachedContent? FindLocked(string sha256)
    {
        if (!entries.TryGetValue(sha256, out var content))
        {
            return null;
        }

        hits++;
        content.Users++;
        order.Remove(content.Place);
        order.AddFirst(content.Place);
        return content;
    }

    private void Keep(CachedContent content)
    {
        if (content.Bytes > capacity)
        {
            return;
        }

        MakeRoom(content.Bytes);
        entries[content.Sha256] = content;
        order.AddFirst(content.Place);
        content.IsKept = true;
        bytes += content.Bytes;
        arrays += content.Arrays.Leaves.Count;
    }

    private void MakeRoom(long needed)
    {
        while (bytes + needed > capacity && needed <= capacity && order.Last is { } last)
        {
            evictions++;
            Drop(last.Value);
        }
    }

    private void Drop(CachedContent content)
    {
        entries.Remove(content.Sha256);
        order.Remove(content.Place);
        content.IsKept = false;
        bytes -= content.Bytes;
        arrays -= content.Arrays.Leaves.Count;
        FreeUnused(content);
    }

    private static void FreeUnused(CachedContent content)
    {
        if (content is { Users: 0, IsKept: false })
        {
            content.Free();
        }
    }

    private sealed class Loading
    {
        public TaskCompletionSource<CachedContent?> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Users { get; set; }

        public CachedContent? Content { get; set; }
    }
}

/// <summary>Stored arrays in memory.</summary>
/// <param name="Entries">How many contents.</param>
/// <param name="Arrays">How many arrays they have.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Capacity">The most that are kept.</param>
/// <param name="Hits">Uses that found their content here.</param>
/// <param name="Misses">Uses that did not.</param>
/// <param name="Evictions">Contents that made room for others.</param>
public sealed record ArrayCacheStatus(
    int Entries,
    long Arrays,
    long Bytes,
    long Capacity,
    long Hits,
    long Misses,
    long Evictions
);
