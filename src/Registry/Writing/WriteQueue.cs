using Torch2Jax.Functions;

namespace Torch2Jax.Registry.Writing;

/// <summary>
/// What waits to be written, one item a key, bounded in items and text. The writer takes all of it as one generation;
/// what it has taken and not yet written still counts.
/// </summary>
internal sealed class WriteQueue(int capacity, long textCapacity)
{
    private readonly Lock _lock = new();
    private Generation _gathering = new();
    private Generation _writing = Generation.Finished();
    private long _dropped;

    public long Dropped => Interlocked.Read(ref _dropped);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _gathering.Items.Count + _writing.Items.Count;
            }
        }
    }

    /// <summary>Adds an entry; false where it was dropped because the queue is full.</summary>
    public bool Add(ShapeCacheRecord entry)
    {
        lock (_lock)
        {
            var before = Find(entry.Key, PendingWrite.TextOf(entry));
            if (before is null)
            {
                CountDropped();
                return false;
            }
            var length = before.TextLength;
            before.Add(entry);
            _gathering.TextLength += before.TextLength - length;
            return true;
        }
    }

    /// <summary>Adds uses; false where they were dropped because the queue is full.</summary>
    public bool AddHits(ShapeCacheKey key, long count, DateTimeOffset at)
    {
        lock (_lock)
        {
            var item = Find(key, 0);
            if (item is null)
            {
                CountDropped();
                return false;
            }
            item.AddHits(count, at);
            return true;
        }
    }

    /// <summary>Counts a write that is given up.</summary>
    public void CountDropped() => Interlocked.Increment(ref _dropped);

    /// <summary>Hands all that was gathered to the writer, whose last generation is done.</summary>
    public Generation Take()
    {
        lock (_lock)
        {
            _writing = _gathering;
            _gathering = new Generation();
            return _writing;
        }
    }

    /// <summary>Says that an item is written, or given up.</summary>
    public void Remove(Generation generation, ShapeCacheKey key)
    {
        lock (_lock)
        {
            if (generation.Items.Remove(key, out var item))
            {
                generation.TextLength -= item.TextLength;
            }
        }
    }

    /// <summary>Forgets all that waits for a function.</summary>
    public void RemoveFunction(string name)
    {
        lock (_lock)
        {
            foreach (var generation in (ReadOnlySpan<Generation>)[_gathering, _writing])
            {
                foreach (var (key, item) in generation.Items)
                {
                    if (key.Name == name)
                    {
                        generation.TextLength -= item.TextLength;
                        generation.Items.Remove(key);
                    }
                }
            }
        }
    }

    /// <summary>Whether an item still waits (its function may have been cleared meanwhile).</summary>
    public bool Contains(Generation generation, ShapeCacheKey key)
    {
        lock (_lock)
        {
            return generation.Items.ContainsKey(key);
        }
    }

    /// <summary>Ends when all that is queued now is written.</summary>
    public Task WrittenAsync()
    {
        lock (_lock)
        {
            return _gathering.Items.Count == 0
                ? _writing.Done.Task
                : Task.WhenAll(_writing.Done.Task, _gathering.Done.Task);
        }
    }

    private PendingWrite? Find(ShapeCacheKey key, long text)
    {
        if (_gathering.Items.TryGetValue(key, out var item))
        {
            return item;
        }
        item = new PendingWrite(key);
        if (
            _gathering.Items.Count + _writing.Items.Count >= capacity
            || _gathering.TextLength + _writing.TextLength + item.TextLength + text > textCapacity
        )
        {
            return null;
        }
        _gathering.Items.Add(key, item);
        _gathering.TextLength += item.TextLength;
        return item;
    }

    /// <summary>What was queued between two visits of the writer.</summary>
    internal sealed class Generation
    {
        public Dictionary<ShapeCacheKey, PendingWrite> Items { get; } = [];

        public long TextLength { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static Generation Finished()
        {
            var generation = new Generation();
            generation.Done.SetResult();
            return generation;
        }
    }
}
