using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>
/// What one process does for a batch: takes chunks, reads, computes and writes them at the same time, and says what is
/// done. Memory is bounded by the number of workers; what is complete is on disk before the store hears of it.
/// </summary>
internal sealed class BatchRun(
    IBatchStore store,
    BatchRecord batch,
    BatchManifest manifest,
    ChunkReader reader,
    ChunkComputation computation,
    ChunkOutput output,
    Lease lease,
    ChunkOutcomes outcomes,
    ILogger logger
) : IDisposable
{
    // Two more than compute: one reads ahead, one writes behind.
    private const int ReadersAndWriters = 2;
    private const int LargestGroup = 512;
    private const int MostLeftBehind = 4;
    private static readonly TimeSpan ClaimFor = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    private readonly Guid owner = Guid.NewGuid();
    private readonly SemaphoreSlim computing = new(manifest.Concurrency);
    private readonly Channel<FinishedChunk> finished = Channel.CreateBounded<FinishedChunk>(LargestGroup);
    private readonly CancellationTokenSource ending = new();

    // Chunks of which the store has not heard since they were claimed.
    private int open;
    private long done;

    private int Workers => manifest.Concurrency + ReadersAndWriters;

    /// <summary>Works until no chunk is open, the batch ends, or somebody wants this process to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ending.Token);
        var claimed = Channel.CreateUnbounded<ClaimedChunk>();
        var heartbeat = HeartbeatAsync(linked.Token);
        var completing = Task.Run(CompleteAsync, CancellationToken.None);
        Task[] workers =
        [
            .. Enumerable
                .Range(0, Workers)
                .Select(_ => Task.Run(() => WorkAsync(claimed.Reader, linked.Token), CancellationToken.None)),
        ];
        try
        {
            await ClaimAsync(claimed.Writer, linked.Token).ConfigureAwait(false);
        }
        finally
        {
            claimed.Writer.Complete();
            await Task.WhenAll(workers).ConfigureAwait(false);
            finished.Writer.Complete();
            await completing.ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await heartbeat.ConfigureAwait(false);
            await ReleaseAsync().ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        computing.Dispose();
        ending.Dispose();
    }

    private async Task ClaimAsync(ChannelWriter<ClaimedChunk> claimed, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var wanted = Wanted(Stopwatch.GetElapsedTime(started)) - Volatile.Read(ref open);
                if (wanted <= 0)
                {
                    await Task.Delay(Soon, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var sentAt = Stopwatch.GetTimestamp();
                var chunks = await Patient
                    .AskAsync(
                        () => store.ClaimAsync(batch.Id, owner, wanted, lease.Length, CancellationToken.None),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (chunks.Count == 0 && Volatile.Read(ref open) == 0)
                {
                    var counts = await Patient
                        .AskAsync(() => store.CountAsync(batch.Id, cancellationToken), cancellationToken)
                        .ConfigureAwait(false);
                    if (counts.Open == 0)
                    {
                        return;
                    }
                }

                if (chunks.Count == 0)
                {
                    await PauseAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (Interlocked.Add(ref open, chunks.Count) == chunks.Count)
                {
                    lease.Renew(sentAt);
                }

                foreach (var chunk in chunks)
                {
                    claimed.TryWrite(chunk);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop: what is begun is finished, the rest is given back.
        }
    }

    /// <summary>
    /// Others have the chunks that are open, or they wait to be tried again; or this process has them, and then the store is
    /// asked again as soon as it knows of the last one.
    /// </summary>
    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var mine = Volatile.Read(ref open) > 0;
        do
        {
            await Task.Delay(mine ? Soon : Idle, cancellationToken).ConfigureAwait(false);
        } while (mine && Volatile.Read(ref open) > 0 && Stopwatch.GetElapsedTime(started) < Idle);
    }

    /// <summary>As many as half a second takes, so that small chunks do not wait for the database one by one.</summary>
    private int Wanted(TimeSpan elapsed)
    {
        var rate = Interlocked.Read(ref done) / Math.Max(elapsed.TotalSeconds, 0.1);
        return Math.Clamp((int)(rate * ClaimFor.TotalSeconds), 2 * Workers, 2048);
    }

    private async Task WorkAsync(ChannelReader<ClaimedChunk> claimed, CancellationToken cancellationToken)
    {
        await foreach (var chunk in claimed.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            var isHanded = false;
            try
            {
                isHanded = !cancellationToken.IsCancellationRequested && await WorkAsync(chunk).ConfigureAwait(false);
            }
            finally
            {
                if (!isHanded)
                {
                    Interlocked.Decrement(ref open);
                }
            }
        }
    }

    /// <summary>Whether the chunk is written, and the store will hear of it.</summary>
    private async Task<bool> WorkAsync(ClaimedChunk chunk)
    {
        try
        {
            using var loaded = reader.Read(chunk.Chunk);
            await computing.WaitAsync().ConfigureAwait(false);
            IReadOnlyList<(LoadedElement, Trees.PyTree<Arrays.NDArray>)> results;
            try
            {
                results = await computation.ComputeAsync(loaded).ConfigureAwait(false);
            }
            finally
            {
                computing.Release();
            }

            try
            {
                if (!lease.IsValid)
                {
                    // Another process may write it by now, so this one does not.
                    BatchLog.LeaseLost(logger, batch.Id, chunk.Chunk.Index);
                    await Patient
                        .TellAsync(
                            () => store.ReleaseAsync(batch.Id, owner, chunk.Chunk.Index, CancellationToken.None),
                            CancellationToken.None
                        )
                        .ConfigureAwait(false);
                    return false;
                }

                var (hash, bytes) = output.Write(chunk, results);
                await finished
                    .Writer.WriteAsync(new FinishedChunk(chunk.Chunk.Index, chunk.Attempt, loaded.Hash, hash, bytes))
                    .ConfigureAwait(false);
                return true;
            }
            finally
            {
                ChunkComputation.Release(results);
            }
        }
        catch (InputChangedException changed)
        {
            await EndAsync(new ChunkError(ErrorCode.Conflict, changed.Message)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, it is the chunk's failure and stored as such.
        catch (Exception error)
#pragma warning restore CA1031
        {
            await FailAsync(chunk, error).ConfigureAwait(false);
        }

        return false;
    }

    private async Task CompleteAsync()
    {
        var group = new List<FinishedChunk>();
        while (await finished.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (group.Count < LargestGroup && finished.Reader.TryRead(out var chunk))
            {
                group.Add(chunk);
            }

            // One sync and one statement for all that are ready.
            output.Flush();
            var ours = await Patient
                .AskAsync(() => store.CompleteAsync(batch.Id, group, CancellationToken.None), CancellationToken.None)
                .ConfigureAwait(false);
            Interlocked.Add(ref done, ours.Count);
            outcomes.Complete(ours.Count);
            Interlocked.Add(ref open, -group.Count);
            group.Clear();
        }
    }

    private async Task FailAsync(ClaimedChunk chunk, Exception error)
    {
        var reason = ChunkFailure.Of(error);
        var again = ChunkFailure.MayHelpToTryAgain(error) && chunk.Failures < manifest.Retries;
        BatchLog.ChunkFailed(logger, batch.Id, chunk.Chunk.Index, chunk.Attempt, reason.Message);
        outcomes.Fail(again);
        TimeSpan? pause = again ? manifest.RetryDelay * Math.Pow(2, chunk.Failures) : null;
        var failed = new FailedChunk(chunk.Chunk.Index, chunk.Attempt, reason, pause);
        await Patient
            .TellAsync(() => store.FailAsync(batch.Id, failed, CancellationToken.None), CancellationToken.None)
            .ConfigureAwait(false);
        if (computation.StillRunning is var left and >= MostLeftBehind)
        {
            await EndAsync(
                    reason with
                    {
                        Message =
                            $"{left} calls took longer than timeoutMs allows and still run, which nothing can stop: the process must end before the batch goes on. {reason.Message}",
                    }
                )
                .ConfigureAwait(false);
        }
        else if (!again && manifest.OnBadChunk == BadChunkPolicy.Stop)
        {
            await EndAsync(reason with { Message = $"Chunk {chunk.Chunk.Index}: {reason.Message}" })
                .ConfigureAwait(false);
        }
    }

    private async Task EndAsync(ChunkError reason)
    {
        await Patient
            .TellAsync(
                () => store.EndAsync(batch.Id, BatchState.Failed, reason, CancellationToken.None),
                CancellationToken.None
            )
            .ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
    }

    private async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(lease.Length / 4);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    var sentAt = Stopwatch.GetTimestamp();
                    var state = await store
                        .ExtendAsync(batch.Id, owner, lease.Length, cancellationToken)
                        .ConfigureAwait(false);
                    lease.Renew(sentAt);
                    if (state != BatchState.Running)
                    {
                        await ending.CancelAsync().ConfigureAwait(false);
                    }
                }
                catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
                {
                    BatchLog.HeartbeatFailed(logger, batch.Id, error.Message);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await store.ReleaseAsync(batch.Id, owner, null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
        {
            // Their leases end by themselves.
            BatchLog.HeartbeatFailed(logger, batch.Id, error.Message);
        }
    }
}
