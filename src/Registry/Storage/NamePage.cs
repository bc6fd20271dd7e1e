using Npgsql;

namespace Torch2Jax.Registry.Storage;

/// <summary>A page of rows in the order of their names.</summary>
internal static class NamePage
{
    /// <summary>
    /// A query whose parameters are: names after $1, from $2 on, before $3 (<see cref="FunctionName.EndOf"/>), at most $4.
    /// </summary>
    public static NpgsqlCommand Command(
        NpgsqlConnection connection,
        string sql,
        string? prefix,
        string? after,
        string end,
        int limit
    ) =>
        new(sql, connection)
        {
            Parameters =
            {
                new() { Value = after ?? "" },
                new() { Value = prefix ?? "" },
                new() { Value = end },
                new() { Value = limit },
            },
        };
}
