using Microsoft.Extensions.Logging;
using Torch2Jax.Errors;

namespace Torch2Jax.Stored;

/// <summary>
/// What names stand for, as far as this process knows. What is known answers without the store; the store's changes are
/// followed in the background. An answer that was on its way while anything changed is used once and not kept.
/// </summary>
internal sealed class ArrayNames : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly IArrayStore store;
    private readonly int capacity;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly Dictionary<string, StoredArray> known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim changed = new(0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task following;
    private long epoch;

    public ArrayNames(IArrayStore store, int capacity, TimeProvider time, ILogger log)
    {
        (this.store, this.capacity, this.time, this.log) = (store, capacity, time, log);
        store.Changed += OnChanged;
        following = Task.Run(FollowAsync);
    }

    /// <summary>What a name stands for, where it is known.</summary>
    public StoredArray? Known(string name)
    {
        lock (gate)
        {
            return known.GetValueOrDefault(name);
        }
    }

    /// <summary>What the store says; null where there is no such name.</summary>
    public async Task<StoredArray?> AskAsync(string name, CancellationToken cancellationToken)
    {
        var asked = Epoch();
        var found = await store.FindAsync([name], cancellationToken).ConfigureAwait(false);
        Settle(asked, name, found.Count > 0 ? found[0] : null);
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>Changes a name, and knows afterwards what came of it unless others changed something meanwhile.</summary>
    public async Task<T> ChangeAsync<T>(string name, Func<Task<T>> change, Func<T, StoredArray?> now)
    {
        var began = Epoch();
        var made = false;
        StoredArray? current = null;
        try
        {
            var result = await change().ConfigureAwait(false);
            current = now(result);
            made = true;
            return result;
        }
        finally
        {
            // Whether a change that failed was made after all nobody knows.
            Settle(made ? began : -1, name, current);
            lock (gate)
            {
                epoch++;
            }
        }
    }

    /// <summary>Learns the first names, so that their first use asks nobody.</summary>
    public async Task LearnAsync(int count, CancellationToken cancellationToken)
    {
        var asked = Epoch();
        foreach (var array in await store.ListAsync(null, null, count, cancellationToken).ConfigureAwait(false))
        {
            Settle(asked, array.Name, array);
        }
    }

    public async ValueTask DisposeAsync()
    {
        store.Changed -= OnChanged;
        await stopping.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        stopping.Dispose();
        changed.Dispose();
    }

    private long Epoch()
    {
        lock (gate)
        {
            return epoch;
        }
    }

    private void Settle(long asked, string name, StoredArray? array)
    {
        lock (gate)
        {
            if (asked != epoch || array is null)
            {
                known.Remove(name);
                return;
            }

            if (known.Count >= capacity && !known.ContainsKey(name))
            {
                known.Remove(known.Keys.First());
            }

            known[name] = array;
        }
    }

    // On a thread of the store's own: only notes that there is something to look at.
    private void OnChanged()
    {
        lock (gate)
        {
            epoch++;
        }

        changed.Release();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await changed.WaitAsync(stopping.Token).ConfigureAwait(false);
                while (changed.Wait(0, CancellationToken.None))
                {
                    // One look is enough for all of them.
                }

                while (!await LookAgainAsync().ConfigureAwait(false))
                {
                    await Task.Delay(RetryAfter, time, stopping.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service ends.
        }
    }

    private async Task<bool> LookAgainAsync()
    {
        KeyValuePair<string, StoredArray>[] before;
        lock (gate)
        {
            before = [.. known];
        }

        if (before.Length == 0)
        {
            return true;
        }

        try
        {
            var found = await store
                .FindAsync([.. before.Select(entry => entry.Key)], stopping.Token)
                .ConfigureAwait(false);
            Replace(before, found.ToDictionary(array => array.Name, StringComparer.Ordinal));
            return true;
        }
        catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
        {
            // Known names go on answering; they are looked at when it is back.
            log.StoreAway(error);
            return false;
        }
    }

    // What was put here while the store was asked is newer than its answer.
    private void Replace(KeyValuePair<string, StoredArray>[] before, Dictionary<string, StoredArray> found)
    {
        lock (gate)
        {
            foreach (var (name, array) in before)
            {
                if (!ReferenceEquals(known.GetValueOrDefault(name), array))
                {
                    continue;
                }

                if (found.TryGetValue(name, out var now))
                {
                    known[name] = now;
                }
                else
                {
                    known.Remove(name);
                }
            }
        }
    }
}
