using System.Buffers;
using System.Data;
using Npgsql;
using Torch2Jax.Registry.Storage;
using Torch2Jax.Stored;

namespace Torch2Jax.Registry.StoredArrays;

/// <summary>Reads stored arrays.</summary>
internal sealed class ArrayQueries(Database database)
{
    private const int PieceBytes = 128 << 10;

    private const string Columns = "a.name, a.sha256, c.layout, c.bytes, a.created_at";

    public Task<IReadOnlyList<StoredArray>> FindAsync(
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    )
    {
        string[] legal = [.. names.Where(FunctionName.IsLegal)];
        return legal.Length == 0
            ? Task.FromResult<IReadOnlyList<StoredArray>>([])
            : database.ReadAsync(connection => FindAsync(connection, legal, cancellationToken), cancellationToken);
    }

    public static async Task<IReadOnlyList<StoredArray>> FindAsync(
        NpgsqlConnection connection,
        string[] names,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {Columns} FROM arrays a JOIN array_contents c ON c.sha256 = a.sha256 WHERE a.name = ANY ($1)
            """,
            connection
        )
        {
            Parameters = { new() { Value = names } },
        };
        return await command.ReadAllAsync(Read, cancellationToken);
    }

    public async Task<IReadOnlyList<StoredArray>> ListAsync(
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
        return await database.ReadAsync<IReadOnlyList<StoredArray>>(
            async connection =>
            {
                await using var command = NamePage.Command(
                    connection,
                    $"""
                    SELECT {Columns} FROM arrays a JOIN array_contents c ON c.sha256 = a.sha256
                    WHERE a.name > $1 AND a.name >= $2 AND a.name < $3
                    ORDER BY a.name
                    LIMIT $4
                    """,
                    prefix,
                    after,
                    end,
                    limit
                );
                return await command.ReadAllAsync(Read, cancellationToken);
            },
            cancellationToken
        );
    }

    /// <summary>One statement, and so one view of the database: content that goes meanwhile is read to its end.</summary>
    public Task<bool> ReadAsync(string sha256, ContentPiece take, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    """
                    SELECT k.bytes FROM array_contents c LEFT JOIN array_chunks k ON k.sha256 = c.sha256
                    WHERE c.sha256 = $1
                    ORDER BY k.index
                    """,
                    connection
                )
                {
                    Parameters = { new() { Value = sha256 } },
                };
                await using var reader = await command.ExecuteReaderAsync(
                    CommandBehavior.SequentialAccess,
                    cancellationToken
                );
                var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
                try
                {
                    return await ReadAsync(reader, piece, take, cancellationToken);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(piece);
                }
            },
            cancellationToken
        );

    private static async Task<bool> ReadAsync(
        NpgsqlDataReader reader,
        byte[] piece,
        ContentPiece take,
        CancellationToken cancellationToken
    )
    {
        var found = false;
        var offset = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            found = true;
            // Arrays without elements have no chunk.
            if (await reader.IsDBNullAsync(0, cancellationToken))
            {
                continue;
            }
            await using var bytes = await reader.GetStreamAsync(0, cancellationToken);
            while (await bytes.ReadAsync(piece, cancellationToken) is var count and > 0)
            {
                take(offset, piece.AsSpan(0, count));
                offset += count;
            }
        }
        return found;
    }

    private static StoredArray Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            row.GetInt64(3),
            row.GetFieldValue<DateTimeOffset>(4)
        );
}
