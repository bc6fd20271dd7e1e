using Torch2Jax.Errors;
using Torch2Jax.Functions;

namespace Torch2Jax.Batches;

/// <summary>Looks at the call that the first chunk makes, so that a manifest that fits no function is refused at once.</summary>
internal static class FirstCall
{
    /// <exception cref="EngineException">The error that the call would have.</exception>
    public static void Check(
        JaxFunction function,
        BatchManifest manifest,
        BatchFolder folder,
        IReadOnlyList<PlannedChunk> chunks,
        long seed
    )
    {
        using var reader = new ChunkReader(manifest, folder);
        var computation = new ChunkComputation(function, manifest, seed);
        if (manifest.Output is ArrayOutput)
        {
            ChunkOutputs.Rows(chunks.Count, manifest, reader, computation);
            return;
        }

        try
        {
            if (manifest.SplitsArrays)
            {
                computation.Infer(reader.Shapes(chunks[0].Count));
                return;
            }

            using var first = reader.Read(chunks[0] with { Count = 1 });
            computation.Infer(first.Elements[0]);
        }
        catch (EngineException error) when (error.Code == ErrorCode.DataDependentShape)
        {
            // Files take results of any shape.
        }
    }
}
