using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>
/// One npy file in which each chunk has its place. It is made at its full length under another name, written in any order,
/// and gets its own name when all chunks are there. Writing a chunk twice writes the same bytes to the same place.
/// </summary>
internal sealed class ArrayChunkOutput : ChunkOutput
{
    private readonly string path;
    private readonly string partial;
    private readonly ChunkRows rows;
    private readonly byte[] header;
    private readonly SafeFileHandle? file;

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">The full path of the result.</param>
    /// <param name="batch">Tells the unfinished files of two batches apart.</param>
    /// <param name="rows">Where the chunks' results go.</param>
    /// <param name="begun">Whether a chunk is complete already, so that the file must be there.</param>
    /// <exception cref="EngineException">Conflict where what was written already is gone.</exception>
    public ArrayChunkOutput(string path, Guid batch, ChunkRows rows, bool begun)
    {
        this.path = path;
        this.rows = rows;
        partial = WholeFile.Temporary(path, $"{batch:N}");
        header = NpyHeader.ToBytes(rows.Whole);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (begun && !File.Exists(partial))
        {
            // It may have its name already: then only the batch's end is missing.
            IsNamed = File.Exists(path) && new FileInfo(path).Length == Length;
            if (!IsNamed)
            {
                throw new EngineException(
                    ErrorCode.Conflict,
                    $"The unfinished output \"{Path.GetFileName(partial)}\" is gone, and with it the chunks that were complete. Make the batch anew."
                );
            }

            return;
        }

        // Another process may make it at the same moment: both write the same.
        file = File.OpenHandle(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (RandomAccess.GetLength(file) != Length)
        {
            RandomAccess.SetLength(file, Length);
            RandomAccess.Write(file, header, 0);
            RandomAccess.FlushToDisk(file);
        }
    }

    private bool IsNamed { get; }

    private long Length => header.Length + rows.Bytes;

    public override (ReadOnlyMemory<byte> Hash, long Bytes) Write(
        ClaimedChunk chunk,
        IReadOnlyList<(LoadedElement Element, PyTree<NDArray> Result)> results
    )
    {
        var result = results[0].Result;
        if (result.Leaves is not [{ } array])
        {
            throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"A result has {result.Leaves.Count} arrays; output.array takes one. Use output.files with .npz."
            );
        }

        rows.Require(array.Aval, chunk.Chunk);
        RandomAccess.Write(file!, array.Bytes, header.Length + rows.Offset(chunk.Chunk));
        var hash = XxHash128.Hash(array.Bytes);
        var bytes = array.ByteLength;
        GC.KeepAlive(array);
        return (hash, bytes);
    }

    public override void Flush() => RandomAccess.FlushToDisk(file!);

    public override void Finish(IReadOnlyList<PlannedChunk> discarded)
    {
        if (IsNamed || !File.Exists(partial))
        {
            return;
        }

        foreach (var chunk in discarded)
        {
            RandomAccess.Write(file!, rows.Missing(chunk), header.Length + rows.Offset(chunk));
        }

        RandomAccess.FlushToDisk(file!);
        try
        {
            WholeFile.Rename(partial, path);
        }
        catch (FileNotFoundException) when (File.Exists(path))
        {
            // Another process was faster.
        }
    }

    public override void Dispose() => file?.Dispose();
}
