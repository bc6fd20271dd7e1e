using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>The answer of a call. It owns the arrays of its outputs: dispose of it when they have been read.</summary>
/// <param name="Outputs">The result's tree.</param>
/// <param name="Function"><c>name@version</c>.</param>
/// <param name="ShapeKey">The function's own leaves, <c>float32[10, 5], int64[10]</c>.</param>
/// <param name="Cache">What the shape cache knew.</param>
/// <param name="Warnings">What the caller is to be told.</param>
/// <param name="ElapsedMs">Milliseconds from the call to the answer.</param>
public sealed record InvocationResult(
    PyTree<NDArray> Outputs,
    string Function,
    string ShapeKey,
    CacheOutcome Cache,
    IReadOnlyList<string> Warnings,
    double ElapsedMs
) : IDisposable
{
    /// <summary>Gives the arrays' memory back.</summary>
    public void Dispose()
    {
        foreach (var array in Outputs.Leaves)
        {
            array.Dispose();
        }
    }
}

/// <summary>The shapes of an answer, found without reading any argument's value.</summary>
/// <param name="Outputs">The result's tree of shapes.</param>
/// <param name="Function"><c>name@version</c>.</param>
/// <param name="ShapeKey">The function's own leaves.</param>
/// <param name="Cache"><see cref="CacheOutcome.Hit"/> where the shape cache knew the answer, else <see cref="CacheOutcome.Miss"/>.</param>
/// <param name="Warnings">What the caller is to be told.</param>
/// <param name="ElapsedMs">Milliseconds from the question to the answer.</param>
public sealed record EvalShapeResult(
    PyTree<ShapeDtypeStruct> Outputs,
    string Function,
    string ShapeKey,
    CacheOutcome Cache,
    IReadOnlyList<string> Warnings,
    double ElapsedMs
);
