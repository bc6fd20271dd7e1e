using Npgsql;
using Torch2Jax.Functions;

namespace Torch2Jax.Registry.Storage;

/// <summary>Reads functions.</summary>
internal sealed class FunctionQueries(Database database)
{
    /// <summary>A page of latest versions: $1 (exclusive) and $2 bound the names.</summary>
    internal const string ListSql = $"""
        SELECT {FunctionRows.ListColumns}
        FROM functions f JOIN function_versions v ON v.name = f.name AND v.version = f.latest_version
        WHERE f.latest_version IS NOT NULL AND f.name > $1 AND f.name >= $2 AND f.name < $3
        ORDER BY f.name
        LIMIT $4
        """;

    public async Task<FunctionVersion?> FindAsync(string name, int? version, CancellationToken cancellationToken)
    {
        if (!FunctionName.IsLegal(name))
        {
            return null;
        }
        var rows = await database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand { Connection = connection };
                command.Parameters.Add(new() { Value = name });
                if (version is { } number)
                {
                    command.CommandText =
                        $"SELECT {FunctionRows.Columns} FROM function_versions v WHERE v.name = $1 AND v.version = $2";
                    command.Parameters.Add(new() { Value = number });
                }
                else
                {
                    command.CommandText = $"""
                    SELECT {FunctionRows.Columns}
                    FROM functions f JOIN function_versions v ON v.name = f.name AND v.version = f.latest_version
                    WHERE f.name = $1
                    """;
                }
                return await FunctionRows.ReadAllAsync(command, cancellationToken);
            },
            cancellationToken
        );
        return rows.SingleOrDefault();
    }

    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        FunctionName.IsLegal(name)
        && await database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    "SELECT EXISTS (SELECT FROM functions WHERE name = $1 AND latest_version IS NOT NULL)",
                    connection
                )
                {
                    Parameters = { new() { Value = name } },
                };
                return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
            },
            cancellationToken
        );

    public async Task<IReadOnlyList<FunctionVersion>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        if (FunctionName.EndOf(prefix ?? "") is not { } end || limit <= 0)
        {
            return [];
        }
        return await database.ReadAsync(
            async connection =>
            {
                await using var command = NamePage.Command(connection, ListSql, prefix, after, end, limit);
                return await FunctionRows.ReadAllAsync(command, cancellationToken);
            },
            cancellationToken
        );
    }

    public async Task<IReadOnlyList<FunctionVersion>> ListVersionsAsync(
        string name,
        CancellationToken cancellationToken
    )
    {
        if (!FunctionName.IsLegal(name))
        {
            return [];
        }
        return await database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    $"SELECT {FunctionRows.ListColumns} FROM function_versions v WHERE v.name = $1 ORDER BY v.version",
                    connection
                )
                {
                    Parameters = { new() { Value = name } },
                };
                return await FunctionRows.ReadAllAsync(command, cancellationToken);
            },
            cancellationToken
        );
    }
}
