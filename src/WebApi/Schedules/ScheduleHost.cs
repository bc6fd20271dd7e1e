using System.Data.Common;
using Quartz;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Schedules;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>Fires schedules from when the database has answered until the service stops; not at all where batches are off.</summary>
internal sealed partial class ScheduleHost(
    EngineHost engine,
    BatchHost batches,
    Firings firings,
    ServiceOptions options,
    ILoggerFactory loggers
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ILogger logger = loggers.CreateLogger<ScheduleHost>();
    private readonly TaskCompletionSource<ScheduleClock> clock = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    /// <summary>The clock, which is there a moment after the engine.</summary>
    /// <exception cref="EngineException">Forbidden where batches are off, NotReady while the database is waited for.</exception>
    public async Task<ScheduleClock> ClockAsync(CancellationToken cancellationToken)
    {
        _ = batches.Roots;
        try
        {
            return await clock.Task.WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new EngineException(ErrorCode.NotReady, "The clock of schedules waits for the database.");
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (clock.Task.IsCompletedSuccessfully)
        {
            await (await clock.Task).DisposeAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!batches.IsOn)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested && !await TryStartAsync(stoppingToken))
        {
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        if (!engine.IsThere)
        {
            return false;
        }

        ScheduleClock? made = null;
        try
        {
            made = new ScheduleClock(
                engine.Store.Connections,
                firings,
                TimeSpan.FromSeconds(options.Batches.MisfireAfterSeconds),
                loggers
            );
            await made.StartAsync(cancellationToken);
            await MendAsync(made, cancellationToken);
            clock.SetResult(made);
            return true;
        }
        catch (Exception error)
            when (error is EngineException or SchedulerException or DbException or TimeoutException or IOException)
        {
            LogWaits(logger, error.Message);
            await (made?.DisposeAsync() ?? ValueTask.CompletedTask);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await (made?.DisposeAsync() ?? ValueTask.CompletedTask);
            return false;
        }
    }

    /// <summary>A schedule that should fire and does not, since somebody changed the clock's tables, fires again.</summary>
    private async Task MendAsync(ScheduleClock clock, CancellationToken cancellationToken)
    {
        foreach (var schedule in await engine.Store.Schedules.ListAsync(cancellationToken))
        {
            if (schedule is { Paused: false, NextFireAt: null })
            {
                try
                {
                    await clock.SetAsync(schedule, cancellationToken);
                }
                catch (EngineException over) when (over.Code == ErrorCode.MalformedRequest)
                {
                    // Its last time has passed.
                    LogOver(logger, schedule.Name, over.Message);
                }
            }
        }
    }

    [LoggerMessage(1321, LogLevel.Warning, "The clock of schedules waits: {Reason}")]
    private static partial void LogWaits(ILogger logger, string reason);

    [LoggerMessage(1322, LogLevel.Information, "Schedule {Schedule} does not fire any more: {Reason}")]
    private static partial void LogOver(ILogger logger, string schedule, string reason);
}
