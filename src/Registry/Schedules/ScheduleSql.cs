namespace Torch2Jax.Registry.Schedules;

/// <summary>What is asked and told about schedules.</summary>
internal static class ScheduleSql
{
    /// <summary>The name under which the clock keeps its rows.</summary>
    public const string Scheduler = "torch2jax";

    /// <summary>The group of the clock's triggers; each has its schedule's name.</summary>
    public const string Group = "schedules";

    public const string Insert = """
        INSERT INTO schedules (name, cron, every_seconds, time_zone, misfire, overlap, folder, manifest, paused)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (name) DO NOTHING
        """;

    /// <summary>$1 name (null: all).</summary>
    public const string List = $"""
        SELECT s.name, s.cron, s.every_seconds, s.time_zone, s.misfire, s.overlap, s.folder, s.manifest, s.paused,
            t.next_fire_time, s.fired_for, s.error_code, s.error, b.id, b.state
        FROM schedules s
        LEFT JOIN qrtz_triggers t
            ON t.sched_name = '{Scheduler}' AND t.trigger_group = '{Group}' AND t.trigger_name = s.name
        LEFT JOIN LATERAL (
            SELECT id, state FROM batches WHERE schedule = s.name ORDER BY scheduled_at DESC LIMIT 1
        ) b ON true
        WHERE $1::text IS NULL OR s.name = $1
        ORDER BY s.name
        """;

    public const string Delete = "DELETE FROM schedules WHERE name = $1";

    /// <summary>$1 name, $2 whether it rests.</summary>
    public const string Pause = "UPDATE schedules SET paused = $2 WHERE name = $1 AND paused <> $2";

    /// <summary>$1 name: locked, so that firings of one schedule follow one another.</summary>
    public const string Lock = "SELECT overlap = 'allow', paused FROM schedules WHERE name = $1 FOR UPDATE";

    /// <summary>$1 name, $2 time: whether that firing has its batch; whether a batch of the schedule runs.</summary>
    public const string Batches = """
        SELECT EXISTS (SELECT FROM batches WHERE schedule = $1 AND scheduled_at = $2),
            EXISTS (SELECT FROM batches WHERE schedule = $1 AND state IN ('available', 'running'))
        """;

    /// <summary>$1 name, $2 time, $3 code, $4 text. A late firing does not hide what a later one brought.</summary>
    public const string Record = """
        UPDATE schedules SET fired_for = $2, error_code = $3, error = $4
        WHERE name = $1 AND (fired_for IS NULL OR fired_for <= $2)
        """;
}
