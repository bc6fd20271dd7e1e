using System.Diagnostics;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Tells how far a batch is, twice a second and once at the end.</summary>
internal sealed class ProgressReporter : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private const int Remembered = 10;

    private readonly IBatchStore store;
    private readonly BatchRecord batch;
    private readonly IProgress<BatchProgress>? progress;
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly Queue<(TimeSpan At, int Closed)> seen = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Task reporting;

    public ProgressReporter(IBatchStore store, BatchRecord batch, IProgress<BatchProgress>? progress)
    {
        (this.store, this.batch, this.progress) = (store, batch, progress);
        reporting = progress is null ? Task.CompletedTask : Task.Run(ReportAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await reporting.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task ReportAsync()
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token).ConfigureAwait(false))
            {
                await ReportOnceAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await ReportOnceAsync().ConfigureAwait(false);
        }
    }

    private async Task ReportOnceAsync()
    {
        ChunkCounts counts;
        try
        {
            counts = await store.CountAsync(batch.Id, CancellationToken.None).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
        {
            return;
        }

        var at = Stopwatch.GetElapsedTime(started);
        var closed = counts.Completed + counts.Discarded;
        seen.Enqueue((at, closed));
        var (since, before) = seen.Count > Remembered ? seen.Dequeue() : seen.Peek();
        var rate = at > since ? (closed - before) / (at - since).TotalSeconds : 0;
        progress!.Report(new BatchProgress(batch, counts, at, rate));
    }
}
