using System.Collections.Concurrent;
using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.WebApi.Admission;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// Works on batches in the background: those made here, and those that other instances or programs began inside the same
/// roots. Any number of instances share a batch's chunks.
/// </summary>
internal sealed partial class BatchHost(
    EngineHost engine,
    ITorchBackend backend,
    CallGate gate,
    ServiceOptions options,
    ILoggerFactory loggers
) : BackgroundService
{
    private const int Looked = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly BatchTurns turns = new(gate, options.Batches.CallsAtOnce);
    private readonly ILogger logger = loggers.CreateLogger<BatchHost>();
    private readonly ConcurrentDictionary<Guid, Task> running = new();
    private readonly SemaphoreSlim wake = new(0, 1);

    private readonly string[] roots =
    [
        .. options.Batches.Roots.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    ];

    /// <summary>Batches that this instance works on.</summary>
    public int Running => running.Count;

    /// <summary>What became of the chunks that this instance had.</summary>
    public ChunkOutcomes Outcomes { get; } = new();

    /// <summary>Whether there are batches at all.</summary>
    public bool IsOn => roots.Length > 0;

    /// <summary>The folders that batches may use.</summary>
    /// <exception cref="EngineException">Forbidden where there are none.</exception>
    public IReadOnlyList<string> Roots =>
        roots.Length > 0
            ? roots
            : throw new EngineException(
                ErrorCode.Forbidden,
                "Batches are off: the service's setting Batches:Roots names no folder that they may use."
            );

    /// <summary>The full path of a folder as it was given: below the first root, or a full path.</summary>
    public string FolderOf(string? folder) => Path.GetFullPath(folder ?? ".", Path.GetFullPath(Roots[0]));

    /// <summary>A folder as people give it: below the first root, where it is.</summary>
    public string ShownFolder(string folder)
    {
        var below = Path.GetRelativePath(Path.GetFullPath(Roots[0]), folder);
        return below.StartsWith("..", StringComparison.Ordinal) ? folder : below;
    }

    /// <summary>The store.</summary>
    public IBatchStore Store => engine.Store.Batches;

    /// <summary>Makes, resumes and stops batches.</summary>
    public BatchService Service =>
        new(
            engine.Functions,
            backend,
            Store,
            new BatchServiceOptions
            {
                Roots = Roots,
                Turns = turns,
                BeginsEndedOnes = false,
                Outcomes = Outcomes,
            },
            loggers.CreateLogger<BatchService>()
        );

    /// <summary>Looks for work at once.</summary>
    public void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public override void Dispose()
    {
        wake.Dispose();
        turns.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (roots.Length == 0)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (EngineException error) when (error.Code is ErrorCode.NotReady or ErrorCode.RegistryUnavailable)
            {
                // Later, when the database is there.
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }

            await ((Task)wake.WaitAsync(Pause, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running.Values);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (running.Count >= options.Batches.AtOnce)
        {
            return;
        }

        var batches = await Store.ListAsync(Looked, [BatchState.Available, BatchState.Running], cancellationToken);
        foreach (var batch in batches.Reverse())
        {
            if (batch.Threads == backend.Threads && IsOurs(batch) && running.Count < options.Batches.AtOnce)
            {
                _ = running.GetOrAdd(
                    batch.Id,
                    id => Task.Run(() => WorkAsync(id, cancellationToken), CancellationToken.None)
                );
            }
        }
    }

    private bool IsOurs(BatchRecord batch)
    {
        try
        {
            return new BatchFolder(batch.Folder, roots).Path.Length > 0;
        }
        catch (EngineException)
        {
            return false;
        }
    }

    private async Task WorkAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await Service.RunAsync(id, cancellationToken: cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The service stops; the batch goes on elsewhere, or after its next start.
        }
        catch (EngineException error) when (error.Code is ErrorCode.NotReady or ErrorCode.RegistryUnavailable)
        {
            LogPut(logger, id, error.Message);
        }
#pragma warning disable CA1031 // A batch that cannot even begin ends with its reason; the service goes on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogFailed(logger, id, error);
            await EndAsync(id, error);
        }
        finally
        {
            running.TryRemove(id, out _);
        }
    }

    private async Task EndAsync(Guid id, Exception error)
    {
        var reason = error is EngineException known
            ? new ChunkError(known.Code, known.Message)
            : new ChunkError(ErrorCode.Internal, "The batch could not be begun; the log has more.");
        try
        {
            await Store.StartAsync(id, again: false, CancellationToken.None);
            await Store.EndAsync(id, BatchState.Failed, reason, CancellationToken.None);
        }
        catch (EngineException away) when (away.Code == ErrorCode.RegistryUnavailable)
        {
            LogPut(logger, id, away.Message);
        }
    }

    [LoggerMessage(1301, LogLevel.Warning, "Batch {Batch} waits: {Reason}")]
    private static partial void LogPut(ILogger logger, Guid batch, string reason);

    [LoggerMessage(1302, LogLevel.Error, "Batch {Batch} cannot go on")]
    private static partial void LogFailed(ILogger logger, Guid batch, Exception error);
}
