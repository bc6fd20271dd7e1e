using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Opens what a batch writes to.</summary>
internal static class ChunkOutputs
{
    public static ChunkOutput Open(
        BatchRecord batch,
        BatchManifest manifest,
        BatchFolder folder,
        ChunkReader reader,
        ChunkComputation computation,
        bool begun
    )
    {
        var paths = new OutputPaths(manifest.Output, folder, batch.CreatedAt);
        return manifest.Output is FilesOutput
            ? new FilesChunkOutput(paths, batch.Id)
            : new ArrayChunkOutput(paths.Whole, batch.Id, Rows(batch.Chunks, manifest, reader, computation), begun);
    }

    /// <summary>Where results go in the array that they make together, from the shapes of a whole chunk and of the last.</summary>
    public static ChunkRows Rows(int chunks, BatchManifest manifest, ChunkReader reader, ChunkComputation computation)
    {
        var left = (int)(reader.Length - ((chunks - 1) * (long)manifest.ChunkSize));
        return new ChunkRows(
            Infer(reader, computation, chunks > 1 ? manifest.ChunkSize : left),
            Infer(reader, computation, left),
            chunks
        );
    }

    private static ShapeDtypeStruct Infer(ChunkReader reader, ChunkComputation computation, int count)
    {
        var shapes = computation.Infer(reader.Shapes(count));
        return shapes.Leaves is [{ } only]
            ? only
            : throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"A result has {shapes.Leaves.Count} arrays; output.array takes one. Use output.files with .npz.",
                "output.array"
            );
    }
}
