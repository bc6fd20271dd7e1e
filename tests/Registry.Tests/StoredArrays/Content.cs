using System.Runtime.InteropServices;
using Npgsql;
using Torch2Jax.Arrays;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Registry.Tests.StoredArrays;

/// <summary>Content to store, and a look behind the store.</summary>
internal static class Content
{
    public static ArrayContent Of(params float[] values) =>
        ArrayContent.Of(PyTree.Leaf(NDArray.FromArray(values, values.Length)));

    /// <summary>More than one chunk, each byte following from the seed.</summary>
    public static ArrayContent Large(int seed, int floats = 700_000)
    {
        var array = NDArray.Allocate(DType.Float32, floats);
        new Random(seed).NextBytes(array.Bytes);
        return ArrayContent.Of(PyTree.Leaf(array));
    }

    public static Task<SavedArray> PutAsync(
        this PostgresRegistry registry,
        string name,
        ArrayContent content,
        ArrayCondition? condition = null
    ) => registry.Arrays.SaveAsync(name, content, condition ?? ArrayCondition.None, default);

    public static Task<bool> RemoveAsync(this PostgresRegistry registry, string name) =>
        registry.Arrays.DeleteAsync(name, ArrayCondition.None, default);

    public static async Task<StoredArray?> FindAsync(this PostgresRegistry registry, string name) =>
        (await registry.Arrays.FindAsync([name], default)).SingleOrDefault();

    /// <summary>All bytes of some content; null where there is none.</summary>
    public static async Task<byte[]?> BytesAsync(this PostgresRegistry registry, StoredArray array)
    {
        var bytes = new byte[array.Bytes];
        var found = await registry.Arrays.ReadAsync(
            array.Sha256,
            (offset, piece) => piece.CopyTo(bytes.AsSpan((int)offset)),
            default
        );
        return found ? bytes : null;
    }

    public static byte[] Bytes(this ArrayContent content)
    {
        var bytes = new byte[content.Bytes];
        content.Read(0, bytes);
        return bytes;
    }

    public static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    public static async Task<long> CountAsync(this NpgsqlDataSource source, string table)
    {
        await using var command = source.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
