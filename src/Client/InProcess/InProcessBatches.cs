using Microsoft.Extensions.Logging;
using Torch2Jax.Batches;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>Batches whose chunks this process computes, beside any others that work on them.</summary>
internal sealed class InProcessBatches(EngineParts parts, CancellableCalls calls, ILoggerFactory? loggers) : IBatches
{
    private const int MostChunks = 1000;

    private readonly Lock gate = new();
    private int running;
    private int ownThreads;

    private IBatchStore Store => parts.Registry.Batches;

    private BatchService Service =>
        new(
            parts.Service,
            parts.Backend,
            Store,
            new BatchServiceOptions { MayChangeThreads = true },
            loggers?.CreateLogger<BatchService>()
        );

    public BatchPreview Check(string manifest, string? folder, CancellationToken cancellationToken = default)
    {
        using var threads = KeepThreads();
        var batch = calls
            .Wait(token => Service.PlanAsync(ManifestReader.Read(manifest), folder ?? ".", token), cancellationToken)
            .Batch;
        return new BatchPreview(batch.Name, $"{batch.Function}@{batch.Version}", batch.Chunks, batch.Threads);
    }

    public MadeBatch Create(
        string manifest,
        string? folder,
        bool reuseUnfinished = false,
        CancellationToken cancellationToken = default
    )
    {
        using var threads = KeepThreads();
        return calls.Wait(
            async token =>
            {
                var read = ManifestReader.Read(manifest);
                var unfinished = reuseUnfinished
                    ? await Service.FindUnfinishedAsync(read, folder ?? ".", token).ConfigureAwait(false)
                    : null;
                var batch = unfinished ?? await Service.CreateAsync(read, folder ?? ".", token).ConfigureAwait(false);
                return new MadeBatch(await StatusAsync(batch, token).ConfigureAwait(false), unfinished is null);
            },
            cancellationToken
        );
    }

    public IReadOnlyList<BatchStatus> List(int limit = 100, CancellationToken cancellationToken = default) =>
        calls.Wait(
            async token =>
            {
                var listed = new List<BatchStatus>();
                foreach (var batch in await Store.ListAsync(limit, [], token).ConfigureAwait(false))
                {
                    listed.Add(await StatusAsync(batch, token).ConfigureAwait(false));
                }

                return listed;
            },
            cancellationToken
        );

    public BatchStatus Get(Guid id, CancellationToken cancellationToken = default) =>
        calls.Wait(token => StatusAsync(id, token), cancellationToken);

    public IReadOnlyList<ChunkStatus> Chunks(
        Guid id,
        ChunkState? state = null,
        CancellationToken cancellationToken = default
    )
    {
        var chunks = calls.Wait(
            async token =>
            {
                await Service.GetAsync(id, token).ConfigureAwait(false);
                return await Store.ChunksAsync(id, state is { } one ? [one] : [], token).ConfigureAwait(false);
            },
            cancellationToken
        );
        return
        [
            .. chunks
                .Take(MostChunks)
                .Select(chunk => new ChunkStatus(
                    chunk.Chunk.Index,
                    chunk.Chunk.Start,
                    chunk.Chunk.Count,
                    chunk.State,
                    chunk.Attempt,
                    chunk.Error
                )),
        ];
    }

    public BatchStatus Run(
        Guid id,
        bool acceptChangedInputs = false,
        IProgress<BatchReport>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        using var threads = KeepThreads();
        return calls.WaitToEnd(async () =>
        {
            var reports = progress is null ? null : new Reports(progress);
            var batch = await Service
                .RunAsync(id, acceptChangedInputs, reports, cancellationToken)
                .ConfigureAwait(false);
            return await StatusAsync(batch, CancellationToken.None).ConfigureAwait(false);
        });
    }

    public BatchStatus Resume(
        Guid id,
        bool acceptChangedInputs = false,
        CancellationToken cancellationToken = default
    ) =>
        calls.Wait(
            async token =>
            {
                await Service.ResumeAsync(id, acceptChangedInputs, token).ConfigureAwait(false);
                return await StatusAsync(id, token).ConfigureAwait(false);
            },
            cancellationToken
        );

    public BatchStatus Cancel(Guid id, CancellationToken cancellationToken = default) =>
        calls.Wait(
            async token =>
            {
                await Service.CancelAsync(id, token).ConfigureAwait(false);
                return await StatusAsync(id, token).ConfigureAwait(false);
            },
            cancellationToken
        );

    public void Delete(Guid id, CancellationToken cancellationToken = default)
    {
        if (!calls.Wait(token => Store.DeleteAsync(id, token), cancellationToken))
        {
            throw new EngineException(ErrorCode.FunctionNotFound, $"There is no batch {id}.");
        }
    }

    /// <summary>A batch may set the number of threads an operator; the last one to end sets it back.</summary>
    private Threads KeepThreads()
    {
        lock (gate)
        {
            calls.ThrowIfEnded();
            if (running++ == 0)
            {
                ownThreads = parts.Backend.Threads;
            }
        }

        return new Threads(this);
    }

    private void RestoreThreads()
    {
        lock (gate)
        {
            if (--running == 0 && parts.Backend.Threads != ownThreads)
            {
                parts.Backend.Threads = ownThreads;
            }
        }
    }

    private async Task<BatchStatus> StatusAsync(Guid id, CancellationToken cancellationToken) =>
        await StatusAsync(await Service.GetAsync(id, cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);

    private async Task<BatchStatus> StatusAsync(BatchRecord batch, CancellationToken cancellationToken) =>
        Status(batch, await Store.CountAsync(batch.Id, cancellationToken).ConfigureAwait(false));

    private static BatchStatus Status(BatchRecord batch, ChunkCounts counts) =>
        new(
            batch.Id,
            batch.Name,
            $"{batch.Function}@{batch.Version}",
            batch.State,
            counts,
            batch.Error,
            batch.Threads,
            batch.Seed,
            batch.CreatedAt,
            batch.FinalizedAt
        )
        {
            Schedule = batch.Schedule,
            ScheduledAt = batch.ScheduledAt,
        };

    private sealed class Threads(InProcessBatches owner) : IDisposable
    {
        public void Dispose() => owner.RestoreThreads();
    }

    // What the engine tells is of the batch as it was when it was begun.
    private sealed class Reports(IProgress<BatchReport> to) : IProgress<BatchProgress>
    {
        public void Report(BatchProgress value)
        {
            var batch =
                value.Batch.State == BatchState.Running ? value.Batch : value.Batch with { State = BatchState.Running };
            to.Report(new BatchReport(Status(batch, value.Counts), value.Elapsed, value.ChunksPerSecond));
        }
    }
}
