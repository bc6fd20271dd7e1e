using Torch2Jax.Arrays;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>What an author asks to be registered: a source or an archive, and what is known of its use.</summary>
/// <param name="Name">The function's name: <c>[A-Za-z_][A-Za-z0-9_.-]{0,127}</c>.</param>
/// <param name="Source">TorchScript source; null for an archive.</param>
/// <param name="Archive">The bytes of a TorchScript archive; null for a source.</param>
/// <param name="Entry">The function in the source, or the archive's method; null for the only one, or <c>forward</c>.</param>
/// <param name="Functional">Whether an archive's parameters and buffers become the first argument.</param>
/// <param name="ExampleArgs">Example arguments, arrays or shapes alone; they fix the structure of later calls.</param>
/// <param name="ExampleKwargs">Example keyword arguments; without them later calls take none.</param>
/// <param name="OutputShapes">The outputs' tree; where it is given nothing is run at registration.</param>
/// <param name="VmapMethod">What a vmap without a method uses; null for <c>sequential</c>.</param>
/// <param name="Nondiff">Arguments that are not differentiated; null for none.</param>
/// <param name="Description">The author's words.</param>
/// <param name="Isolation">Where it runs; null for what is usual there, in a service by the caller's role.</param>
public sealed record RegistrationRequest(
    string Name,
    string? Source = null,
    ReadOnlyMemory<byte>? Archive = null,
    string? Entry = null,
    bool Functional = false,
    IReadOnlyList<PyTree<IArgumentLeaf>>? ExampleArgs = null,
    IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? ExampleKwargs = null,
    PyTree<OutputShapeLeaf>? OutputShapes = null,
    string? VmapMethod = null,
    NondiffOption? Nondiff = null,
    string? Description = null,
    FunctionIsolation? Isolation = null
);

/// <summary>The answer of a registration.</summary>
/// <param name="Version">The version stored, or the latest one where the content was the same.</param>
/// <param name="Created">Whether it is new.</param>
public sealed record Registration(FunctionVersion Version, bool Created);
