using Npgsql;
using Torch2Jax.Batches;
using Torch2Jax.Registry.Batches;

namespace Torch2Jax.Registry.Schedules;

/// <summary>Rows of schedules as records.</summary>
internal static class ScheduleRows
{
    /// <summary>As the table and the service's JSON write it: <c>fireOnce</c>.</summary>
    public static string Name<T>(T policy)
        where T : struct, Enum
    {
        var name = policy.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public static ScheduleRecord Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.IsDBNull(1) ? null : row.GetString(1),
            row.IsDBNull(2) ? null : row.GetInt32(2),
            row.GetString(3),
            BatchRows.Parse<MisfirePolicy>(row.GetString(4)),
            BatchRows.Parse<OverlapPolicy>(row.GetString(5)),
            row.GetString(6),
            row.GetString(7)
        )
        {
            Paused = row.GetBoolean(8),
            // The clock writes .NET's ticks.
            NextFireAt = row.IsDBNull(9) ? null : new DateTimeOffset(row.GetInt64(9), TimeSpan.Zero),
            PreviousFireAt = BatchRows.Time(row, 10),
            LastError = BatchRows.ReadError(row, 11),
            LastBatch = row.IsDBNull(13) ? null : (row.GetGuid(13), BatchRows.Parse<BatchState>(row.GetString(14))),
        };
}
