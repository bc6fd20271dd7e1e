namespace Torch2Jax.Functions;

/// <summary>What is registered: everything the SHA-256 of a version covers.</summary>
/// <param name="Source">TorchScript source; null for an archive.</param>
/// <param name="Archive">The bytes of a TorchScript archive; null for a source.</param>
/// <param name="Entry">The function, or an archive's method, to call.</param>
/// <param name="Functional">Whether an archive's parameters and buffers are the first argument.</param>
/// <param name="ExampleArgs">Canonical JSON (shape-only leaves) of the example's arguments; null without examples.</param>
/// <param name="ExampleKwargs">The same for keyword arguments.</param>
/// <param name="OutputShapes">Canonical JSON (shape-only leaves) of the outputs given at registration.</param>
/// <param name="VmapMethod">The method that a vmap without one uses.</param>
/// <param name="Nondiff">Canonical JSON of nondiffArgnums or nondiffMask; null for none.</param>
public sealed record FunctionContent(
    string? Source,
    ReadOnlyMemory<byte>? Archive,
    string Entry,
    bool Functional,
    string? ExampleArgs,
    string? ExampleKwargs,
    string? OutputShapes,
    string VmapMethod,
    string? Nondiff
);

/// <summary>One stored, immutable version.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 over the content.</param>
/// <param name="Content">The content.</param>
/// <param name="Details">What was found at registration.</param>
/// <param name="CreatedAt">When it was stored.</param>
public sealed record FunctionVersion(
    string Name,
    int Version,
    string Sha256,
    FunctionContent Content,
    FunctionDetails Details,
    DateTimeOffset CreatedAt
);

/// <summary>What registration found out about a version; stored beside the content, not part of its hash.</summary>
/// <param name="Signature">Readable: <c>f(x: Tensor, n: int = 3) -> Tensor</c>.</param>
/// <param name="InTree">JAX's text of the example's structure; null without examples.</param>
/// <param name="ShapeKey">The example's shape key; null without examples.</param>
/// <param name="OutputShapes">JSON of the outputs' tree of shape-only leaves; null where unknown.</param>
/// <param name="Warnings">Warnings of the registration.</param>
/// <param name="Description">The author's words.</param>
/// <param name="Isolation">Where it runs; the same content with another isolation is another version.</param>
public sealed record FunctionDetails(
    string Signature,
    string? InTree,
    string? ShapeKey,
    string? OutputShapes,
    IReadOnlyList<string> Warnings,
    string? Description,
    FunctionIsolation Isolation = FunctionIsolation.None
);

/// <summary>The answer of a registration.</summary>
/// <param name="Version">The version stored, or the latest one where the content was the same.</param>
/// <param name="Created">Whether it is new.</param>
public sealed record SavedVersion(FunctionVersion Version, bool Created);

/// <summary>The key of a shape-cache entry.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Program">The program's text: structure code of the arguments (statics included) and transforms.</param>
/// <param name="ShapeKey"><c>float32[10, 5], int64[10]</c>.</param>
/// <param name="Device">The kind of device: <c>cpu</c> or <c>cuda</c>.</param>
public sealed record ShapeCacheKey(string Name, int Version, string Program, string ShapeKey, string Device);

/// <summary>One shape-cache entry.</summary>
/// <param name="Key">Its key.</param>
/// <param name="InTree">JAX's text of the function's own arguments.</param>
/// <param name="OutputShapes">JSON of the tree of shape-only leaves of the program's outputs.</param>
/// <param name="Dynamic">Whether the output shapes depend on data: those above are then only what came out last.</param>
/// <param name="EngineVersion">The engine that made it; entries of another one are recomputed, not trusted.</param>
/// <param name="Hits">How often it was used.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="LastUsedAt">When it was last used.</param>
/// <param name="PeakBytes">Most bytes of tensors that a call held at once; 0 where unknown.</param>
public sealed record ShapeCacheRecord(
    ShapeCacheKey Key,
    string InTree,
    string OutputShapes,
    bool Dynamic,
    string EngineVersion,
    long Hits,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt,
    long PeakBytes = 0
);

/// <summary>A function that changed.</summary>
/// <param name="Name">Its name; null where changes may have been missed, so that all must be looked at again.</param>
public sealed record FunctionChange(string? Name);

/// <summary>How the registry is doing.</summary>
/// <param name="Available">Whether the database answered last time.</param>
/// <param name="QueuedWrites">Writes that wait.</param>
/// <param name="DroppedWrites">Writes dropped since start because the queue was full.</param>
public sealed record RegistryStatus(bool Available, int QueuedWrites, long DroppedWrites);
