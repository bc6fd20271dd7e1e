using Npgsql;
using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Batches;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Schedules;

/// <summary>Schedules in PostgreSQL: each change, with its firing times and its row of the audit, is one transaction.</summary>
/// <remarks>Every method throws EngineException with RegistryUnavailable while the database is away.</remarks>
public sealed class ScheduleStore
{
    private readonly Database _database;

    internal ScheduleStore(Database database) => _database = database;

    /// <summary>All schedules, by name.</summary>
    public Task<IReadOnlyList<ScheduleRecord>> ListAsync(CancellationToken cancellationToken) =>
        QueryAsync(DBNull.Value, cancellationToken);

    /// <summary>A schedule; null where there is none.</summary>
    public async Task<ScheduleRecord?> FindAsync(string name, CancellationToken cancellationToken) =>
        name.Contains('\0', StringComparison.Ordinal)
            ? null
            : (await QueryAsync(name, cancellationToken)).SingleOrDefault();

    /// <summary>Stores a schedule and begins to fire it.</summary>
    /// <exception cref="EngineException">Conflict where the name is taken.</exception>
    public Task AddAsync(ScheduleRecord schedule, IFiringTimes times, CancellationToken cancellationToken) =>
        ChangeAsync(
            times,
            async connection =>
            {
                var added = await ExecuteAsync(
                    connection,
                    ScheduleSql.Insert,
                    cancellationToken,
                    schedule.Name,
                    (object?)schedule.Cron ?? DBNull.Value,
                    (object?)schedule.EverySeconds ?? DBNull.Value,
                    schedule.TimeZone,
                    ScheduleRows.Name(schedule.Misfire),
                    ScheduleRows.Name(schedule.Overlap),
                    schedule.Folder,
                    schedule.Manifest,
                    schedule.Paused
                );
                if (added == 0)
                {
                    throw new EngineException(
                        ErrorCode.Conflict,
                        $"There is a schedule \"{schedule.Name}\" already; delete it first, or choose another name.",
                        "name"
                    );
                }

                if (!schedule.Paused)
                {
                    await times.SetAsync(schedule, cancellationToken);
                }

                await AuditAsync(connection, "add", schedule.Name, cancellationToken);
                return true;
            },
            cancellationToken
        );

    /// <summary>Forgets a schedule; its batches stay.</summary>
    /// <returns>False where there is none.</returns>
    public Task<bool> DeleteAsync(string name, IFiringTimes times, CancellationToken cancellationToken) =>
        ChangeAsync(
            times,
            async connection =>
            {
                if (await ExecuteAsync(connection, ScheduleSql.Delete, cancellationToken, name) == 0)
                {
                    return false;
                }

                await times.RemoveAsync(name, cancellationToken);
                await AuditAsync(connection, "delete", name, cancellationToken);
                return true;
            },
            cancellationToken
        );

    /// <summary>Lets a schedule rest, or fire again from now on; one that does already is left as it is.</summary>
    public Task PauseAsync(
        ScheduleRecord schedule,
        bool paused,
        IFiringTimes times,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            times,
            async connection =>
            {
                if (await ExecuteAsync(connection, ScheduleSql.Pause, cancellationToken, schedule.Name, paused) == 0)
                {
                    return false;
                }

                await (
                    paused
                        ? times.RemoveAsync(schedule.Name, cancellationToken)
                        : times.SetAsync(schedule, cancellationToken)
                );
                await AuditAsync(connection, paused ? "pause" : "resume", schedule.Name, cancellationToken);
                return true;
            },
            cancellationToken
        );

    /// <summary>
    /// Stores the batch of a firing: one that its <see cref="BatchRecord.Schedule"/> may have now, and that is not there yet
    /// for its <see cref="BatchRecord.ScheduledAt"/>.
    /// </summary>
    /// <param name="planned">The batch.</param>
    /// <param name="byHand">Whether somebody asked for it, whatever the schedule's times say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<FiringOutcome> FireAsync(PlannedBatch planned, bool byHand, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async connection =>
            {
                var batch = planned.Batch;
                var (name, time) = (batch.Schedule!, batch.ScheduledAt!.Value.UtcDateTime);
                await using var locked = BatchStore.Command(connection, ScheduleSql.Lock, name);
                var found = await locked.ReadAllAsync(
                    row => (Allows: row.GetBoolean(0), Paused: row.GetBoolean(1)),
                    cancellationToken
                );
                if (found is not [var schedule] || (schedule.Paused && !byHand))
                {
                    return FiringOutcome.Gone;
                }

                await using var batches = BatchStore.Command(connection, ScheduleSql.Batches, name, time);
                var (there, runs) = (
                    await batches.ReadAllAsync(row => (row.GetBoolean(0), row.GetBoolean(1)), cancellationToken)
                )[0];
                var outcome =
                    there ? FiringOutcome.Repeated
                    : runs && !schedule.Allows ? FiringOutcome.Overlapped
                    : FiringOutcome.Made;
                if (outcome == FiringOutcome.Made)
                {
                    await BatchStore.InsertAsync(connection, batch, planned.Chunks, cancellationToken);
                    if (byHand)
                    {
                        var made = AuditLog.OfBatch("make", batch.Id, batch.Function, batch.Version);
                        await AuditLog.WriteAsync(connection, made, cancellationToken);
                    }
                }

                if (!byHand && !there)
                {
                    await RecordAsync(connection, name, time, null, cancellationToken);
                }

                return outcome;
            },
            cancellationToken
        );

    /// <summary>Whether a firing would make a batch now; it is asked before a batch is planned, which may take a while.</summary>
    public Task<FiringOutcome> LookAsync(string name, DateTimeOffset time, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            async connection =>
            {
                var schedule = (await ListAsync(connection, name, cancellationToken)).SingleOrDefault();
                await using var command = BatchStore.Command(connection, ScheduleSql.Batches, name, time.UtcDateTime);
                var (there, runs) = (
                    await command.ReadAllAsync(row => (row.GetBoolean(0), row.GetBoolean(1)), cancellationToken)
                )[0];
                return schedule is null or { Paused: true } ? FiringOutcome.Gone
                    : there ? FiringOutcome.Repeated
                    : runs && schedule.Overlap == OverlapPolicy.Skip ? FiringOutcome.Overlapped
                    : FiringOutcome.Made;
            },
            cancellationToken
        );

    /// <summary>Keeps what a firing brought that made no batch.</summary>
    public Task RecordAsync(string name, DateTimeOffset time, ChunkError? error, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            connection => RecordAsync(connection, name, time.UtcDateTime, error, cancellationToken),
            cancellationToken
        );

    private static Task<int> RecordAsync(
        NpgsqlConnection connection,
        string name,
        DateTime time,
        ChunkError? error,
        CancellationToken cancellationToken
    ) =>
        ExecuteAsync(
            connection,
            ScheduleSql.Record,
            cancellationToken,
            name,
            time,
            error is null ? DBNull.Value : $"{error.Code}",
            error is null ? DBNull.Value : BatchStore.Storable(error.Message)
        );

    private async Task<bool> ChangeAsync(
        IFiringTimes times,
        Func<NpgsqlConnection, Task<bool>> change,
        CancellationToken cancellationToken
    )
    {
        // Left after the commit: only then the clock looks at its times again.
        IDisposable? joined = null;
        try
        {
            return await _database.WriteAsync(
                (connection, transaction) =>
                {
                    joined?.Dispose();
                    joined = times.Join(transaction);
                    return change(connection);
                },
                cancellationToken
            );
        }
        finally
        {
            joined?.Dispose();
        }
    }

    private Task<IReadOnlyList<ScheduleRecord>> QueryAsync(object name, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ScheduleRecord>>(
            async connection => await ListAsync(connection, name, cancellationToken),
            cancellationToken
        );

    private static async Task<List<ScheduleRecord>> ListAsync(
        NpgsqlConnection connection,
        object name,
        CancellationToken cancellationToken
    )
    {
        await using var command = BatchStore.Command(connection, ScheduleSql.List, name);
        return await command.ReadAllAsync(ScheduleRows.Read, cancellationToken);
    }

    private static Task AuditAsync(
        NpgsqlConnection connection,
        string change,
        string name,
        CancellationToken cancellationToken
    ) => AuditLog.WriteAsync(connection, AuditLog.OfSchedule(change, name), cancellationToken);

    private static async Task<int> ExecuteAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellationToken,
        params object[] values
    )
    {
        await using var command = BatchStore.Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
