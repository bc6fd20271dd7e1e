using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;

namespace Torch2Jax.Batches;

/// <summary>
/// Runs functions over files: makes batches from manifests, and works on them. Any number of processes may work on one
/// batch; one that is killed at any moment is resumed by whoever runs it next, with the same bytes in the end.
/// </summary>
/// <param name="functions">Calls functions.</param>
/// <param name="backend">Whose threads are used.</param>
/// <param name="store">Keeps the state.</param>
/// <param name="options">How batches are run.</param>
/// <param name="logger">The log.</param>
public sealed class BatchService(
    FunctionService functions,
    ITorchBackend backend,
    IBatchStore store,
    BatchServiceOptions? options = null,
    ILogger<BatchService>? logger = null
)
{
    private const int Looked = 1000;

    private readonly BatchServiceOptions options = options ?? new BatchServiceOptions();
    private readonly ILogger logger = logger ?? (ILogger)NullLogger.Instance;

    /// <summary>Makes a batch; nothing is computed, and where anything is wrong nothing is stored.</summary>
    /// <param name="manifest">What it does.</param>
    /// <param name="folder">The folder that the manifest's paths start from.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="EngineException">What is wrong, and where in the manifest.</exception>
    public async Task<BatchRecord> CreateAsync(
        BatchManifest manifest,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var planned = await PlanAsync(manifest, folder, cancellationToken).ConfigureAwait(false);
        await store.CreateAsync(planned.Batch, planned.Chunks, cancellationToken).ConfigureAwait(false);
        return planned.Batch;
    }

    /// <summary>Checks everything that can be known of a batch, and stores nothing.</summary>
    /// <param name="manifest">What it does.</param>
    /// <param name="folder">The folder that the manifest's paths start from.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="EngineException">What is wrong, and where in the manifest.</exception>
    public async Task<PlannedBatch> PlanAsync(
        BatchManifest manifest,
        string folder,
        CancellationToken cancellationToken
    )
    {
        manifest = await ManifestArrays.BindAsync(functions, manifest, cancellationToken).ConfigureAwait(false);
        var place = new BatchFolder(folder, options.Roots);
        var plan = BatchPlan.Make(manifest, place);
        var madeAt = DateTimeOffset.UtcNow;
        new OutputPaths(manifest.Output, place, madeAt).Check(
            plan,
            manifest.ChunkSize,
            manifest.SplitsArrays,
            manifest.Overwrite
        );
        var function = await functions.GetAsync(manifest.Function, cancellationToken).ConfigureAwait(false);
        var seed = manifest.Seed ?? Random.Shared.NextInt64();
        var chunks = plan.Chunks(manifest.ChunkSize);
        var shapes = await ManifestArrays
            .ResolveShapesAsync(functions, manifest, cancellationToken)
            .ConfigureAwait(false);
        FirstCall.Check(function, shapes, place, chunks, seed);
        var batch = new BatchRecord(
            Guid.NewGuid(),
            manifest.Name,
            function.Version.Name,
            function.Version.Version,
            manifest.Text,
            place.Path,
            manifest.Threads ?? backend.Threads,
            seed,
            chunks.Count,
            BatchState.Available,
            null,
            madeAt,
            null
        );
        RequireThreads(batch);
        return new PlannedBatch(batch, chunks);
    }

    /// <summary>
    /// The latest batch of the same manifest in the same folder, if it has not ended well: nobody has begun it, whoever
    /// did was killed or still works on it, or it failed with the function as it still is. One that somebody stopped, or
    /// that is complete, is none; nor is one that is bound to stored arrays as they were before.
    /// </summary>
    /// <param name="manifest">The manifest; what counts is its text.</param>
    /// <param name="folder">The folder that its paths start from.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<BatchRecord?> FindUnfinishedAsync(
        BatchManifest manifest,
        string folder,
        CancellationToken cancellationToken
    )
    {
        manifest = await ManifestArrays.BindAsync(functions, manifest, cancellationToken).ConfigureAwait(false);
        var place = new BatchFolder(folder, options.Roots).Path;
        var latest = (await store.ListAsync(Looked, [], cancellationToken).ConfigureAwait(false)).FirstOrDefault(
            batch => batch.Folder == place && batch.Manifest == manifest.Text
        );
        if (latest?.State == BatchState.Failed)
        {
            // A batch stays with its version: what failed with one that was mended since is no use to go on with.
            var now = await functions.GetAsync(manifest.Function, cancellationToken).ConfigureAwait(false);
            return now.Version.Name == latest.Function && now.Version.Version == latest.Version ? latest : null;
        }

        return latest?.State is BatchState.Available or BatchState.Running ? latest : null;
    }

    /// <summary>A batch.</summary>
    /// <exception cref="EngineException">FunctionNotFound where there is none.</exception>
    public async Task<BatchRecord> GetAsync(Guid id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken).ConfigureAwait(false)
        ?? throw new EngineException(ErrorCode.FunctionNotFound, $"There is no batch {id}.");

    /// <summary>Works on a batch until it ends: begins it, resumes it, or helps other processes with it.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="acceptChangedInputs">Whether chunks whose inputs have changed are computed again; else that is an error.</param>
    /// <param name="progress">Hears how far it is, about twice a second.</param>
    /// <param name="cancellationToken">Stops this process's work; the batch can be resumed.</param>
    /// <returns>The batch as it ended.</returns>
    /// <exception cref="EngineException">It cannot be begun: inputs have changed, outputs are gone, threads differ.</exception>
    public async Task<BatchRecord> RunAsync(
        Guid id,
        bool acceptChangedInputs = false,
        IProgress<BatchProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        var batch = await GetAsync(id, cancellationToken).ConfigureAwait(false);
        if (batch.State == BatchState.Completed)
        {
            return batch;
        }

        RequireThreads(batch);
        var (manifest, held) = await ManifestArrays
            .ResolveAsync(functions, ManifestReader.Read(batch.Manifest), cancellationToken)
            .ConfigureAwait(false);
        using var arrays = held;
        var folder = new BatchFolder(batch.Folder, options.Roots);
        var function = await functions
            .GetAsync($"{batch.Function}@{batch.Version}", cancellationToken)
            .ConfigureAwait(false);
        using var reader = new ChunkReader(manifest, folder);
        await new ChangedInputs(store, batch, reader)
            .CheckAsync(acceptChangedInputs, cancellationToken)
            .ConfigureAwait(false);
        var computation = new ChunkComputation(function, manifest, batch.Seed, options.Turns);
        var counts = await store.CountAsync(id, cancellationToken).ConfigureAwait(false);
        using var output = ChunkOutputs.Open(batch, manifest, folder, reader, computation, counts.Completed > 0);
        if (!await store.StartAsync(id, options.BeginsEndedOnes, cancellationToken).ConfigureAwait(false))
        {
            return await GetAsync(id, cancellationToken).ConfigureAwait(false);
        }

        BatchLog.Begins(logger, id, counts.Completed, batch.Chunks);

        var lease = new Lease(options.Lease);
        using var run = new BatchRun(
            store,
            batch,
            manifest,
            reader,
            computation,
            output,
            lease,
            options.Outcomes,
            logger
        );
        await using (new ProgressReporter(store, batch, progress))
        {
            await run.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        return await EndAsync(id, output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a batch, or begins it again, for whatever process works on it.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="acceptChangedInputs">Whether chunks whose inputs have changed are computed again; else that is an error.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="EngineException">Conflict where inputs have changed, or the batch is complete.</exception>
    public async Task ResumeAsync(Guid id, bool acceptChangedInputs, CancellationToken cancellationToken)
    {
        var batch = await GetAsync(id, cancellationToken).ConfigureAwait(false);
        using var reader = new ChunkReader(
            ManifestReader.Read(batch.Manifest),
            new BatchFolder(batch.Folder, options.Roots)
        );
        await new ChangedInputs(store, batch, reader)
            .CheckAsync(acceptChangedInputs, cancellationToken)
            .ConfigureAwait(false);
        if (!await store.StartAsync(id, again: true, cancellationToken).ConfigureAwait(false))
        {
            throw new EngineException(ErrorCode.Conflict, "The batch is complete.");
        }
    }

    /// <summary>Stops a batch in all processes; what is complete stays, and it can be resumed.</summary>
    /// <exception cref="EngineException">Conflict where it does not run.</exception>
    public async Task CancelAsync(Guid id, CancellationToken cancellationToken)
    {
        var batch = await GetAsync(id, cancellationToken).ConfigureAwait(false);
        if (!await store.EndAsync(id, BatchState.Cancelled, null, cancellationToken).ConfigureAwait(false))
        {
            throw new EngineException(
                ErrorCode.Conflict,
                $"The batch is {batch.State.ToString().ToLowerInvariant()}; only one that has not ended can be stopped."
            );
        }
    }

    private async Task<BatchRecord> EndAsync(Guid id, ChunkOutput output, CancellationToken cancellationToken)
    {
        var counts = await AskAsync(() => store.CountAsync(id, cancellationToken)).ConfigureAwait(false);
        var batch = await AskAsync(() => GetAsync(id, cancellationToken)).ConfigureAwait(false);
        if (counts.Open == 0 && batch.State == BatchState.Running)
        {
            var discarded = await AskAsync(() => store.ChunksAsync(id, [ChunkState.Discarded], cancellationToken))
                .ConfigureAwait(false);
            output.Finish([.. discarded.Select(chunk => chunk.Chunk)]);
            await AskAsync(() => store.EndAsync(id, BatchState.Completed, null, cancellationToken))
                .ConfigureAwait(false);
            batch = await AskAsync(() => GetAsync(id, cancellationToken)).ConfigureAwait(false);
        }

        BatchLog.Ends(logger, id, batch.State, counts.Completed, counts.Discarded);
        return batch;

        Task<T> AskAsync<T>(Func<Task<T>> question) => Patient.AskAsync(question, cancellationToken);
    }

    private void RequireThreads(BatchRecord batch)
    {
        if (batch.Threads == backend.Threads)
        {
            return;
        }

        if (!options.MayChangeThreads)
        {
            throw new EngineException(
                ErrorCode.Conflict,
                $"The batch uses {batch.Threads} thread(s) an operator and this process {backend.Threads}; the bits of "
                    + "results depend on it. Set \"threads\" in the manifest, or Engine:Threads of the service.",
                "threads"
            );
        }

        backend.Threads = batch.Threads;
    }
}
