using System.Buffers;
using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Registry.Storage;
using Torch2Jax.Stored;

namespace Torch2Jax.Registry.StoredArrays;

/// <summary>Writes content, a chunk at a time.</summary>
internal static class ContentWriter
{
    /// <summary>Bytes of a chunk: a row that a server handles with ease, and a read that is worth its round trip.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>Bytes that even a slow server stores in a second.</summary>
    private const int SlowestStore = 4 << 20;

    private const int LongestTimeout = 600;

    /// <summary>Seconds that the server may be silent over so many bytes.</summary>
    public static int Timeout(long bytes) =>
        (int)Math.Min(DataSource.CommandTimeout + (bytes / SlowestStore), LongestTimeout);

    /// <summary>Whether content is there.</summary>
    public static async Task<bool> ExistsAsync(
        NpgsqlConnection connection,
        string sha256,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM array_contents WHERE sha256 = $1)",
            connection
        )
        {
            Parameters = { new() { Value = sha256 } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Writes content where it is not there yet. Who comes second waits for the first one's commit and has nothing to send.
    /// </summary>
    /// <returns>Whether it was written.</returns>
    public static async Task<bool> WriteAsync(
        NpgsqlConnection connection,
        ArrayContent content,
        CancellationToken cancellationToken
    )
    {
        await using (
            var insert = new NpgsqlCommand(
                "INSERT INTO array_contents (sha256, layout, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                connection
            )
            {
                CommandTimeout = Timeout(content.Bytes),
                Parameters =
                {
                    new() { Value = content.Sha256 },
                    new() { Value = content.Layout },
                    new() { Value = content.Bytes },
                },
            }
        )
        {
            if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0)
            {
                return false;
            }
        }
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await using var copy = await connection.BeginBinaryImportAsync(
                "COPY array_chunks (sha256, index, bytes) FROM STDIN (FORMAT BINARY)",
                cancellationToken
            );
            copy.Timeout = TimeSpan.FromSeconds(Timeout(content.Bytes));
            for (var (offset, index) = (0L, 0); offset < content.Bytes; offset += ChunkBytes, index++)
            {
                var count = (int)Math.Min(ChunkBytes, content.Bytes - offset);
                content.Read(offset, buffer.AsSpan(0, count));
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(content.Sha256, NpgsqlDbType.Text, cancellationToken);
                await copy.WriteAsync(index, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(
                    new ReadOnlyMemory<byte>(buffer, 0, count),
                    NpgsqlDbType.Bytea,
                    cancellationToken
                );
            }
            await copy.CompleteAsync(cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return true;
    }
}
