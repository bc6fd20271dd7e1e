using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>One version of a registered function, without its source.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 over all of its content.</param>
/// <param name="IsArchive">Whether it is a TorchScript archive; else source.</param>
/// <param name="Entry">The function in the source, or the archive's method.</param>
/// <param name="Signature">Readable: <c>f(x: Tensor, n: int = 3) -> Tensor</c>.</param>
/// <param name="VmapMethod">What a vmap without a method uses.</param>
/// <param name="CreatedAt">When it was stored.</param>
public sealed record FunctionSummary(
    string Name,
    int Version,
    string Sha256,
    bool IsArchive,
    string Entry,
    string Signature,
    string VmapMethod,
    DateTimeOffset CreatedAt
)
{
    /// <summary><c>name@version</c>.</summary>
    public string Reference => $"{Name}@{Version}";

    /// <summary>JAX's text of the example's structure; null without examples.</summary>
    public string? InTree { get; init; }

    /// <summary>The example's shape key, <c>float32[10, 5], int64[10]</c>; null without examples.</summary>
    public string? ShapeKey { get; init; }

    /// <summary>
    /// The example's positional arguments: leaves are a <see cref="ShapeDtypeStruct"/> for an array (so each one's dtype is
    /// known) or a <see cref="StaticValue"/>; null without examples.
    /// </summary>
    public IReadOnlyList<PyTree<IArgumentLeaf>>? ExampleArgs { get; init; }

    /// <summary>The example's keyword arguments, like <see cref="ExampleArgs"/>; null without any.</summary>
    public IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? ExampleKwargs { get; init; }

    /// <summary>The outputs' shapes for the example; null where they are not known.</summary>
    public PyTree<ShapeDtypeStruct>? OutputShapes { get; init; }

    /// <summary>Arguments that are not differentiated; null for none.</summary>
    public NondiffOption? Nondiff { get; init; }

    /// <summary>Whether it runs in the process that calls it, or in a worker process.</summary>
    public FunctionIsolation Isolation { get; init; }

    /// <summary>The author's words.</summary>
    public string? Description { get; init; }

    /// <summary>Warnings of the registration.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>The answer of a registration.</summary>
/// <param name="Function">The version stored, or the latest one where the content was the same.</param>
/// <param name="Created">Whether it is new.</param>
public sealed record RegisteredFunction(FunctionSummary Function, bool Created);

/// <summary>What was registered.</summary>
/// <param name="Reference"><c>name@version</c>.</param>
/// <param name="Entry">The function in the source, or the archive's method.</param>
/// <param name="Source">TorchScript source; null for an archive.</param>
/// <param name="Archive">The bytes of a TorchScript archive; null for a source.</param>
public sealed record FunctionSource(string Reference, string Entry, string? Source, ReadOnlyMemory<byte>? Archive);
