using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Compares what came out with <c>outputShapes</c>, in the reference package's words.</summary>
internal static class OutputCheck
{
    /// <summary>The function's own outputs, where no transform stands between.</summary>
    public static void Arrays(PyTree<ShapeDtypeStruct> expected, IReadOnlyList<NDArray> outputs)
    {
        Count(expected, outputs.Count);
        for (var i = 0; i < outputs.Count; i++)
        {
            if (!outputs[i].Fits(expected.Leaves[i]))
            {
                throw Wrong(
                    $"torch2jax: output {i} of the torch function is {Torch(outputs[i].Aval)}, "
                        + $"but {Torch(expected.Leaves[i])} was expected (check `output_shapes`)"
                );
            }
        }
    }

    /// <summary>The number of outputs.</summary>
    public static void Count(PyTree<ShapeDtypeStruct> expected, int count)
    {
        if (count != expected.Structure.LeafCount)
        {
            throw Wrong(
                $"torch2jax: the torch function returned {count} outputs, "
                    + $"but {expected.Structure.LeafCount} were expected"
            );
        }
    }

    /// <summary>The function's dtypes, all that is seen of its outputs beneath transforms.</summary>
    public static void Dtypes(PyTree<ShapeDtypeStruct> expected, IReadOnlyList<DType> dtypes)
    {
        Count(expected, dtypes.Count);
        for (var i = 0; i < dtypes.Count; i++)
        {
            if (dtypes[i] != expected.Leaves[i].Dtype)
            {
                throw Wrong(
                    $"torch2jax: output {i} of the torch function is {dtypes[i].TorchDisplayName()}, "
                        + $"but {Torch(expected.Leaves[i])} was expected (check `output_shapes`)"
                );
            }
        }
    }

    /// <summary>A transformed program's outputs against those that follow from <c>outputShapes</c>.</summary>
    public static void Transformed(PyTree<ShapeDtypeStruct> expected, PyTree<NDArray> outputs)
    {
        for (var i = 0; i < outputs.Leaves.Count; i++)
        {
            if (i >= expected.Leaves.Count || !outputs.Leaves[i].Fits(expected.Leaves[i]))
            {
                var follows = i < expected.Leaves.Count ? expected.Leaves[i].ToString() : "nothing";
                throw Wrong(
                    $"torch2jax: output {i} of the transformed function is {outputs.Leaves[i]}, "
                        + $"but {follows} follows from `output_shapes` (check `output_shapes`)"
                );
            }
        }
    }

    private static string Torch(ShapeDtypeStruct aval) =>
        $"{aval.Dtype.TorchDisplayName()}[{string.Join(", ", aval.Shape)}]";

    private static EngineException Wrong(string message) => new(ErrorCode.OutputShapeMismatch, message);
}
