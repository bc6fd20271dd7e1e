using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Schedules;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>Makes the batches of schedules: one for each firing, whoever else fires the same.</summary>
internal sealed partial class Firings(
    EngineHost engine,
    BatchHost batches,
    FiringCounts counts,
    ILogger<Firings> logger
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private ScheduleStore Store => engine.Store.Schedules;

    /// <summary>A firing of the clock: it ends as a batch or as the schedule's last error, however long the database is away.</summary>
    public async Task FireAsync(string name, DateTimeOffset time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var outcome = await TryFireAsync(name, time, cancellationToken);
                counts.Add(outcome);
                LogFired(logger, name, time, outcome);
                return;
            }
            catch (EngineException error) when (IsAway(error))
            {
                LogWaits(logger, name, time, error.Message);
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <summary>A batch of the schedule that somebody asks for now.</summary>
    /// <exception cref="EngineException">Conflict where one runs and must not overlap, or what is wrong with its manifest.</exception>
    public async Task<BatchRecord> RunAsync(
        ScheduleRecord schedule,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var planned = await PlanAsync(schedule, now, cancellationToken);
        var outcome = await Store.FireAsync(planned, byHand: true, cancellationToken);
        batches.Wake();
        return outcome switch
        {
            FiringOutcome.Made => planned.Batch,
            FiringOutcome.Gone => throw new EngineException(
                ErrorCode.FunctionNotFound,
                "There is no schedule of this name."
            ),
            _ => throw new EngineException(
                ErrorCode.Conflict,
                "A batch of this schedule still runs, and its overlap is \"skip\"; wait for it, or cancel it."
            ),
        };
    }

    private async Task<string> TryFireAsync(string name, DateTimeOffset time, CancellationToken cancellationToken)
    {
        try
        {
            // What needs no batch is not planned: a running one's outputs would be in the way.
            var outcome = await Store.LookAsync(name, time, cancellationToken);
            if (outcome == FiringOutcome.Overlapped)
            {
                await Store.RecordAsync(name, time, null, cancellationToken);
            }
            else if (outcome == FiringOutcome.Made && await Store.FindAsync(name, cancellationToken) is { } schedule)
            {
                var planned = await PlanAsync(schedule, time, cancellationToken);
                outcome = await Store.FireAsync(planned, byHand: false, cancellationToken);
                batches.Wake();
            }

            return outcome.ToString().ToLowerInvariant();
        }
        catch (EngineException error) when (!IsAway(error))
        {
            await FailAsync(new ChunkError(error.Code, Text(error)));
        }
#pragma warning disable CA1031 // Whatever it is, it is the firing's failure and kept as such; the next one comes.
        catch (Exception error) when (error is not EngineException and not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogFailed(logger, name, time, error);
            await FailAsync(new ChunkError(ErrorCode.Internal, "The batch could not be made; the log has more."));
        }

        return FiringCounts.Failed;

        Task FailAsync(ChunkError error) => Store.RecordAsync(name, time, error, cancellationToken);
    }

    private async Task<PlannedBatch> PlanAsync(
        ScheduleRecord schedule,
        DateTimeOffset time,
        CancellationToken cancellationToken
    )
    {
        var planned = await batches.Service.PlanAsync(
            ManifestReader.Read(schedule.Manifest),
            schedule.Folder,
            cancellationToken
        );
        return planned with { Batch = planned.Batch with { Schedule = schedule.Name, ScheduledAt = time } };
    }

    private static bool IsAway(EngineException error) =>
        error.Code is ErrorCode.NotReady or ErrorCode.RegistryUnavailable;

    private static string Text(EngineException error) =>
        error.Path is { } place ? $"{place}: {error.Message}" : error.Message;

    [LoggerMessage(1311, LogLevel.Information, "Schedule {Schedule} fired for {Time:O}: {Outcome}")]
    private static partial void LogFired(ILogger logger, string schedule, DateTimeOffset time, string outcome);

    [LoggerMessage(1312, LogLevel.Warning, "Schedule {Schedule}, fired for {Time:O}, waits: {Reason}")]
    private static partial void LogWaits(ILogger logger, string schedule, DateTimeOffset time, string reason);

    [LoggerMessage(1313, LogLevel.Error, "Schedule {Schedule}, fired for {Time:O}, made no batch")]
    private static partial void LogFailed(ILogger logger, string schedule, DateTimeOffset time, Exception error);
}
