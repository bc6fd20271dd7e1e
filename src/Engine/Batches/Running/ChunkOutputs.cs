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
        if (manifest.Output is FilesOutput { Template: var template })
        {
            return new FilesChunkOutput(new OutputPaths(template, folder, batch.CreatedAt), batch.Id);
        }

        var path = new OutputPaths(((ArrayOutput)manifest.Output).File, folder, batch.CreatedAt).Of(0, "");
        return new ArrayChunkOutput(path, batch.Id, Rows(batch, manifest, reader, computation), begun);
    }

    /// <summary>Where results go in the array that they make together, from the shapes of a whole chunk and of the last.</summary>
    public static ChunkRows Rows(
        BatchRecord batch,
        BatchManifest manifest,
        ChunkReader reader,
        ChunkComputation computation
    ) => Rows(batch.Chunks, manifest, reader, computation);

    /// <summary>The same, before there is a batch.</summary>
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
