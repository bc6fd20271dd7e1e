using Torch2Jax.Encoding;
using Torch2Jax.Transforms;

namespace Torch2Jax.Batches;

/// <summary>What a batch does, as its JSON says it (docs/batches.md; schemas/batch.schema.json).</summary>
/// <param name="Name">What people call it; the function's name where the manifest gives none.</param>
/// <param name="Function"><c>name</c> or <c>name@version</c>.</param>
/// <param name="Transforms">Applied in order, the first one innermost.</param>
/// <param name="Args">One an argument.</param>
/// <param name="Kwargs">By name; null where there are none.</param>
/// <param name="Inputs">What the chunks are made of, by name.</param>
/// <param name="Output">Where results go.</param>
/// <param name="ChunkSize">Files, or slices of the arrays, that one chunk holds.</param>
/// <param name="Concurrency">Chunks computed at once by one process.</param>
/// <param name="Device">A device's name; null for the default one.</param>
/// <param name="Threads">Threads that one operator uses: bits depend on it. Null for what the process that makes the batch uses.</param>
/// <param name="Seed">What the seeds of the chunks come from; null for one drawn when the batch is made.</param>
/// <param name="Retries">How often a chunk that failed is tried again.</param>
/// <param name="RetryDelay">The pause before the first of those; each further one doubles it.</param>
/// <param name="OnBadChunk">What a chunk that failed for good does to the batch.</param>
/// <param name="Timeout">How long the calls of a chunk may run together; null for as long as they take.</param>
/// <param name="Overwrite">Whether files that are where results go may be replaced.</param>
/// <param name="Text">The manifest as it was given.</param>
public sealed record BatchManifest(
    string Name,
    string Function,
    IReadOnlyList<Transform> Transforms,
    IReadOnlyList<ArgumentTemplate> Args,
    IReadOnlyDictionary<string, ArgumentTemplate>? Kwargs,
    IReadOnlyDictionary<string, BatchInput> Inputs,
    BatchOutput Output,
    int ChunkSize,
    int Concurrency,
    string? Device,
    int? Threads,
    long? Seed,
    int Retries,
    TimeSpan RetryDelay,
    BadChunkPolicy OnBadChunk,
    TimeSpan? Timeout,
    bool Overwrite,
    string Text
)
{
    /// <summary>Whether the inputs are arrays that are split, and not lists of files.</summary>
    public bool SplitsArrays => Inputs.Values.First() is ArrayInput;
}

/// <summary>What becomes of a batch when a chunk has failed for good.</summary>
public enum BadChunkPolicy
{
    /// <summary>The batch ends as failed; what is complete stays.</summary>
    Stop,

    /// <summary>The chunk is left out and reported, and the batch goes on.</summary>
    Skip,
}

/// <summary>Where the elements of a batch come from.</summary>
public abstract record BatchInput;

/// <summary>Files, each one element.</summary>
/// <param name="Pattern">A path below the manifest's folder with <c>*</c>, <c>**</c> and <c>?</c>.</param>
/// <param name="Csv">How csv files are read.</param>
public sealed record FilesInput(string Pattern, CsvOptions Csv) : BatchInput;

/// <summary>One npy file, split along an axis.</summary>
/// <param name="File">Its path.</param>
/// <param name="Axis">The axis that is split.</param>
public sealed record ArrayInput(string File, int Axis) : BatchInput;

/// <summary>Where results go.</summary>
public abstract record BatchOutput;

/// <summary>A file for each element (or, of split arrays, for each chunk).</summary>
/// <param name="Template">A path with <c>{stem}</c>, <c>{index}</c>, <c>{date}</c>, <c>{time}</c>; its ending says the format.</param>
public sealed record FilesOutput(string Template) : BatchOutput;

/// <summary>One npy file that all chunks' results make together, along its first axis.</summary>
/// <param name="File">Its path.</param>
public sealed record ArrayOutput(string File) : BatchOutput;
