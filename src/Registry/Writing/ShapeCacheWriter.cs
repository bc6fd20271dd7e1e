using Microsoft.Extensions.Logging;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Writing;

/// <summary>
/// Writes the queue in the background, one batch after the other. While the database is away a batch is tried again and
/// again, always the same one under the same number, so that it arrives exactly once.
/// </summary>
internal sealed class ShapeCacheWriter : IAsyncDisposable
{
    private const int BatchItems = 1000;
    private const long BatchText = 4 << 20;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Database _database;
    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly WriteQueue _queue;
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private volatile TaskCompletionSource _hurry = NewSignal();
    private int _signalled;
    private long _number;

    public ShapeCacheWriter(Database database, RegistryOptions options, ILogger logger)
    {
        _database = database;
        _options = options;
        _logger = logger;
        _queue = new WriteQueue(options.QueueCapacity, options.QueueTextCapacity);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Who this process is in write_batches.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    public int Waiting => _queue.Count;

    public long Dropped => _queue.Dropped;

    public void Queue(ShapeCacheRecord entry)
    {
        if (_queue.Add(entry))
        {
            Signal();
        }
    }

    public void QueueHits(ShapeCacheKey key, long count, DateTimeOffset lastUsedAt)
    {
        if (count > 0 && _queue.AddHits(key, count, lastUsedAt))
        {
            Signal();
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var written = _queue.WrittenAsync();
        _hurry.TrySetResult();
        return written.WaitAsync(cancellationToken);
    }

    /// <summary>Runs work while nothing is being written, and then forgets what waits for a function.</summary>
    public async Task<T> ClearAsync<T>(string name, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        if (!await _writing.WaitAsync(LongestWait, cancellationToken))
        {
            throw new EngineException(
                ErrorCode.RegistryUnavailable,
                "The registry's database does not answer. Functions that are known here still do; try again later."
            );
        }
        try
        {
            var result = await work();
            _queue.RemoveFunction(name);
            return result;
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await FlushAsync(CancellationToken.None).WaitAsync(_options.CloseTimeout);
        }
        catch (TimeoutException)
        {
            Log.WritesLost(_logger, _queue.Count);
        }
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _work.Dispose();
        _writing.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            _work.Release();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(_stop.Token);
                // More writes of the same keys come together; a flush does not wait for them.
                await Task.WhenAny(_hurry.Task, Task.Delay(_options.GatherTime, _stop.Token));
                _stop.Token.ThrowIfCancellationRequested();
                _hurry = NewSignal();
                Volatile.Write(ref _signalled, 0);
                await WriteAsync(_queue.Take());
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end: DisposeAsync has flushed what it could.
        }
    }

    private async Task WriteAsync(WriteQueue.Generation generation)
    {
        foreach (var items in Split(generation.Items.Values.ToArray()))
        {
            await WriteAsync(generation, items);
        }
        generation.Done.SetResult();
    }

    private async Task WriteAsync(WriteQueue.Generation generation, PendingWrite[] items)
    {
        var number = ++_number;
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            Exception? refusal;
            await _writing.WaitAsync(_stop.Token);
            try
            {
                // Cleared meanwhile? Fewer items under the same number are right: it decides for all of them.
                items = [.. items.Where(item => _queue.Contains(generation, item.Key))];
                if (items.Length == 0)
                {
                    return;
                }
                refusal = await TryAsync(new WriteBatch(number, items));
            }
            finally
            {
                _writing.Release();
            }
            if (refusal is null)
            {
                Finish(generation, items);
                return;
            }
            if (Database.IsRefusedData(refusal))
            {
                await IsolateAsync(generation, items, refusal);
                return;
            }
            await Task.Delay(pause, _stop.Token);
        }
    }

    private async Task<Exception?> TryAsync(WriteBatch batch)
    {
        try
        {
            await using var connection = await _database.Source.OpenConnectionAsync(_stop.Token);
            await batch.WriteAsync(connection, Id, _stop.Token);
            _database.Answered();
            return null;
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            // Whatever it is, the batch stays and is tried again: this loop must not end before the registry does.
            _database.Failed(exception);
            return exception;
        }
    }

    /// <summary>Finds the items that the database refuses by halves, so that the others are written.</summary>
    private async Task IsolateAsync(WriteQueue.Generation generation, PendingWrite[] items, Exception refusal)
    {
        if (items.Length > 1)
        {
            await WriteAsync(generation, items[..(items.Length / 2)]);
            await WriteAsync(generation, items[(items.Length / 2)..]);
            return;
        }
        Log.WriteRefused(_logger, items[0].Key.Name, refusal);
        _queue.CountDropped();
        Finish(generation, items);
    }

    private void Finish(WriteQueue.Generation generation, PendingWrite[] items)
    {
        foreach (var item in items)
        {
            _queue.Remove(generation, item.Key);
        }
    }

    private static IEnumerable<PendingWrite[]> Split(PendingWrite[] items)
    {
        var start = 0;
        long text = 0;
        for (var index = 0; index < items.Length; index++)
        {
            if (index > start && (index - start == BatchItems || text + items[index].TextLength > BatchText))
            {
                yield return items[start..index];
                (start, text) = (index, 0);
            }
            text += items[index].TextLength;
        }
        if (start < items.Length)
        {
            yield return items[start..];
        }
    }
}
