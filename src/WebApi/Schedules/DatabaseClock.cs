using System.Data.Common;
using System.Diagnostics;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>
/// The database's time, which all instances share: what a machine believes the time to be fires nothing. Between two looks
/// it goes on with the machine's steady counter, and while the database is away it simply goes on.
/// </summary>
internal sealed class DatabaseClock(DbDataSource database, TimeProvider? steady = null) : TimeProvider, IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly TimeProvider steady = steady ?? System;
    private readonly CancellationTokenSource stopping = new();
    private volatile Reading? last;
    private Task following = Task.CompletedTask;

    public override long TimestampFrequency => steady.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Looks for the first time, and goes on looking in the background.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        following = FollowAsync();
    }

    public override DateTimeOffset GetUtcNow() =>
        last is { } known
            ? known.Time + steady.GetElapsedTime(known.At)
            : throw new InvalidOperationException("The database's time was not asked for yet.");

    public override long GetTimestamp() => steady.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        steady.CreateTimer(callback, state, dueTime, period);

    /// <summary>Looks at the database's time now.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT clock_timestamp()";
        var sent = steady.GetTimestamp();
        var time = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
        // It was read somewhere between question and answer.
        var half = steady.GetElapsedTime(sent) / 2;
        last = new Reading(new DateTimeOffset(time, TimeSpan.Zero) + half, steady.GetTimestamp());
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await following;
        stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(Every, steady);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                try
                {
                    await LookAsync(stopping.Token);
                }
                catch (Exception error) when (error is DbException or TimeoutException or IOException)
                {
                    // It is away; the registry says so. The time goes on meanwhile.
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    private sealed record Reading(DateTimeOffset Time, long At);
}
