using Npgsql;
using Torch2Jax.Batches;
using Torch2Jax.Errors;

namespace Torch2Jax.Registry.Batches;

/// <summary>Rows of batches and chunks as records.</summary>
internal static class BatchRows
{
    public static string Name<T>(T state)
        where T : struct, Enum => state.ToString().ToLowerInvariant();

    public static T Parse<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name, ignoreCase: true);

    public static BatchRecord ReadBatch(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetString(2),
            row.GetInt32(3),
            row.GetString(4),
            row.GetString(5),
            row.GetInt32(6),
            row.GetInt64(7),
            row.GetInt32(8),
            Parse<BatchState>(row.GetString(9)),
            ReadError(row, 10),
            row.GetFieldValue<DateTimeOffset>(12),
            Time(row, 13)
        )
        {
            Schedule = row.IsDBNull(14) ? null : row.GetString(14),
            ScheduledAt = Time(row, 15),
        };

    public static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    public static ClaimedChunk ReadClaimed(NpgsqlDataReader row) =>
        new(ReadPlanned(row), row.GetInt32(4), row.GetInt32(5));

    public static ChunkRecord ReadChunk(NpgsqlDataReader row) =>
        new(
            ReadPlanned(row),
            Parse<ChunkState>(row.GetString(4)),
            row.GetInt32(5),
            ReadError(row, 6),
            row.IsDBNull(8) ? null : row.GetFieldValue<byte[]>(8)
        );

    private static PlannedChunk ReadPlanned(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetInt64(1), row.GetInt32(2), row.GetString(3));

    public static ChunkError? ReadError(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column)
            ? null
            : new ChunkError(Parse<ErrorCode>(row.GetString(column)), row.GetString(column + 1));
}
