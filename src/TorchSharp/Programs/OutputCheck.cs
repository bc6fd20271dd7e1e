using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>Whether results fit the arrays given for them, with the reference package's texts.</summary>
internal static class OutputCheck
{
    /// <exception cref="EngineException">OutputShapeMismatch.</exception>
    public static void Check(IReadOnlyList<NDArray> results, ReadOnlySpan<NDArray> given)
    {
        if (results.Count != given.Length)
        {
            throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"torch2jax: the torch function returned {results.Count} outputs, but {given.Length} were expected"
            );
        }

        for (int i = 0; i < given.Length; i++)
        {
            if (results[i].Dtype != given[i].Dtype || !results[i].Shape.SequenceEqual(given[i].Shape))
            {
                throw new EngineException(
                    ErrorCode.OutputShapeMismatch,
                    $"torch2jax: output {i} of the torch function is {Describe(results[i])}, but "
                        + $"{Describe(given[i])} was expected (check `output_shapes`)"
                );
            }
        }
    }

    private static string Describe(NDArray array) =>
        $"{Tensors.Display((ScalarType)(int)array.Dtype)}[{string.Join(", ", array.Shape.ToArray())}]";
}
