using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>What one run of a program gave.</summary>
/// <param name="Outputs">The program's output leaves in order; the caller disposes of them.</param>
/// <param name="FunctionStructure">The tree that the function itself (the innermost) returned.</param>
/// <param name="FunctionDtypes">The dtypes of that tree's leaves.</param>
/// <param name="Warnings">What the caller is to be told, such as a vmap that fell back to a loop.</param>
/// <param name="PeakBytes">
/// Most bytes of tensors that the run held at once, outputs included and the caller's arrays not; 0 where unknown.
/// </param>
public sealed record ProgramResult(
    IReadOnlyList<NDArray> Outputs,
    TreeDef FunctionStructure,
    IReadOnlyList<DType> FunctionDtypes,
    IReadOnlyList<string> Warnings,
    long PeakBytes = 0
);

/// <summary>The shapes that inference found.</summary>
/// <param name="Outputs">Shapes and dtypes of the program's output leaves in order.</param>
/// <param name="FunctionStructure">The tree that the function itself returned.</param>
/// <param name="FunctionDtypes">The dtypes of that tree's leaves.</param>
/// <param name="OnZeros">Whether it took a run on zeros (else meta tensors did).</param>
public sealed record InferredResult(
    IReadOnlyList<ShapeDtypeStruct> Outputs,
    TreeDef FunctionStructure,
    IReadOnlyList<DType> FunctionDtypes,
    bool OnZeros
);
