using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Finds chunks whose input files are not what they were, before a batch is begun or resumed.</summary>
internal sealed class ChangedInputs(IBatchStore store, BatchRecord batch, ChunkReader reader)
{
    private const int Named = 5;

    /// <summary>Compares all input files with what they were; those that look different and were read already are hashed.</summary>
    /// <exception cref="EngineException">Conflict with the names of changed files, unless they are accepted.</exception>
    public async Task CheckAsync(bool accept, CancellationToken cancellationToken)
    {
        var chunks = await store.ChunksAsync(batch.Id, [], cancellationToken).ConfigureAwait(false);
        var now = new Dictionary<string, InputFile>(StringComparer.Ordinal);
        var changed = new List<PlannedChunk>();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var chunk in chunks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = InputFile.Parse(chunk.Chunk.Files);
            var after = before.Select(file => Now(now, file.Path)).ToArray();
            if (!before.SequenceEqual(after) && !HoldsTheSame(chunk))
            {
                changed.Add(chunk.Chunk with { Files = InputFile.Text(after) });
                names.UnionWith(before.Except(after).Select(file => Path.GetFileName(file.Path)));
            }
        }

        if (changed.Count == 0)
        {
            return;
        }

        if (!accept)
        {
            var listed = string.Join(", ", names.Take(Named)) + (names.Count > Named ? " ..." : "");
            throw new EngineException(
                ErrorCode.Conflict,
                $"{names.Count} input file(s) have changed since the batch was made: {listed}. Resume it with changed "
                    + $"inputs accepted ({changed.Count} chunk(s) are computed again), or make a new batch."
            );
        }

        await store.ReplanAsync(batch.Id, changed, cancellationToken).ConfigureAwait(false);
    }

    private static InputFile Now(Dictionary<string, InputFile> known, string path)
    {
        if (!known.TryGetValue(path, out var file))
        {
            known[path] = file = InputFile.Now(path);
        }

        return file;
    }

    /// <summary>A file that was only touched is no change, as far as anybody can know: as far as it was read.</summary>
    private bool HoldsTheSame(ChunkRecord chunk)
    {
        try
        {
            return chunk.InputHash is { } hash && reader.HashNow(chunk.Chunk).Span.SequenceEqual(hash.Span);
        }
        catch (Exception error) when (error is EngineException or IOException)
        {
            return false;
        }
    }
}
