using System.IO.Hashing;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>A file for each element.</summary>
internal sealed class FilesChunkOutput(OutputPaths paths, Guid batch) : ChunkOutput
{
    public override (ReadOnlyMemory<byte> Hash, long Bytes) Write(
        ClaimedChunk chunk,
        IReadOnlyList<(LoadedElement Element, PyTree<NDArray> Result)> results
    )
    {
        var hash = new XxHash128();
        var bytes = 0L;
        foreach (var (element, result) in results)
        {
            var path = paths.Of(element.Index, element.Stem);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WholeFile.Write(
                path,
                $"{batch:N}-{chunk.Attempt}",
                stream =>
                {
                    ArrayFile.Write(new HashingStream(stream, hash), ArrayFile.FormatOf(path)!.Value, result);
                    bytes += stream.Position;
                }
            );
        }

        return (hash.GetCurrentHash(), bytes);
    }

    // Each file is on disk before it has its name.
    public override void Flush() { }

    public override void Finish(IReadOnlyList<PlannedChunk> discarded) { }

    public override void Dispose() { }
}
