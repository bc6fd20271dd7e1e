using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Client.Tests.Support;

/// <summary>Functions and calls that several tests use.</summary>
internal static class Calls
{
    public const string DoubleIt = "def double_it(x: Tensor) -> Tensor:\n    return x * 2\n";

    /// <summary>Runs for as long as its second argument says; 10^12 rounds are hours.</summary>
    public const string Loop = """
        def loop(x: Tensor, n: int) -> Tensor:
            for i in range(n):
                x = x + 1
            return x

        """;

    public static PyTree<IArgumentLeaf> Array(params float[] values) =>
        PyTree.Leaf<IArgumentLeaf>(NDArray.FromArray(values, [values.Length]));

    public static PyTree<IArgumentLeaf> Value(object value) => PyTree.Leaf<IArgumentLeaf>(new StaticValue(value));

    public static PyTree<IArgumentLeaf> Shape(params long[] shape) =>
        PyTree.Leaf<IArgumentLeaf>(new ShapeDtypeStruct(DType.Float32, shape));

    public static Invocation Of(params PyTree<IArgumentLeaf>[] args) => new(args);

    public static IReadOnlyList<Transform> Transforms(string json)
    {
        using var document = JsonDocument.Parse(json);
        return TransformReader.Read(document.RootElement);
    }

    public static float[] Floats(InvocationResult result) => result.Outputs.Leaves[0].AsSpan<float>().ToArray();
}
