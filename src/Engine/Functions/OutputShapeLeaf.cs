using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>A leaf of <c>outputShapes</c>: the dtype may be left to be guessed.</summary>
/// <param name="Dtype">The dtype; null to guess it.</param>
/// <param name="Shape">The dimensions.</param>
public sealed record OutputShapeLeaf(DType? Dtype, ImmutableArray<long> Shape);

/// <summary>Fills in the dtypes that <c>outputShapes</c> leaves out, as the reference package guesses them.</summary>
internal static class OutputShapeGuess
{
    /// <summary>The float dtype that the given leaves and the arguments share; mixed precision is an error.</summary>
    public static PyTree<ShapeDtypeStruct> Resolve(PyTree<OutputShapeLeaf> given, IEnumerable<IArgumentLeaf> arguments)
    {
        var guess = given.Leaves.Any(leaf => leaf.Dtype is null) ? Guess(given.Leaves, arguments) : default;
        return given.Map(leaf => new ShapeDtypeStruct(leaf.Dtype ?? guess, leaf.Shape));
    }

    private static DType Guess(IEnumerable<OutputShapeLeaf> given, IEnumerable<IArgumentLeaf> arguments)
    {
        DType? common = null;
        foreach (var dtype in given.Select(leaf => leaf.Dtype).Concat(arguments.Select(Shapes.DtypeOf)))
        {
            if (dtype is not { } candidate || !candidate.IsFloating())
            {
                continue;
            }

            if (common is { } first && first != candidate)
            {
                throw Error(
                    "You appear to have provided mixed precision arguments to a function. "
                        + "We cannot guess the output dtype."
                );
            }

            common = candidate;
        }

        return common ?? throw Error("We cannot guess the output dtype because no inputs are floating point.");
    }

    private static EngineException Error(string message) => new(ErrorCode.OutputShapeMismatch, message, "outputShapes");
}
