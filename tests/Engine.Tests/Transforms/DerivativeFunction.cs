using System.Globalization;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Makes smooth functions of two vectors of three numbers by chance, the same ones for the same seed.</summary>
internal sealed class DerivativeFunction(int seed, bool complex)
{
    // Each keeps its values in a range where central differences are accurate.
    private static readonly string[] Real =
    [
        "torch.sin({0})",
        "torch.tanh({0})",
        "torch.exp({0} * 0.3)",
        "torch.sigmoid({0})",
        "torch.atan({0})",
    ];
    private static readonly string[] Complex =
    [
        "torch.sin({0})",
        "torch.exp({0} * 0.3)",
        "torch.conj({0})",
        "torch.tanh({0} * 0.2)",
        "({0} * torch.real({0}))",
    ];

    private static readonly string[] Joined =
    [
        "({0} * {1})",
        "({0} + {1})",
        "({0} - 0.5 * {1})",
        "({0} / (2.0 + {1} * {1}))",
        "(torch.cumsum({0}, 0) * {1})",
        "torch.flip({0}, [0]) * {1}",
    ];

    private readonly Random random = new(seed);

    /// <summary>Source of <c>fn(x, y)</c>; with <paramref name="scalar"/> the sum of its elements.</summary>
    public string Source(bool scalar)
    {
        var expression = Node(3);
        return $"def fn(x: Tensor, y: Tensor) -> Tensor:\n    return {(scalar ? $"torch.sum({expression})" : expression)}\n";
    }

    /// <summary>Arguments around which it is differentiated.</summary>
    public double[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.4)];

    private string Node(int depth)
    {
        if (depth == 0)
        {
            return random.Next(2) == 0 ? "x" : "y";
        }

        var inner = Node(depth - 1);
        return random.Next(2) == 0
            ? string.Format(CultureInfo.InvariantCulture, Pick(complex ? Complex : Real), inner)
            : string.Format(CultureInfo.InvariantCulture, Pick(Joined), inner, Node(depth - 1));
    }

    private string Pick(string[] choices) => choices[random.Next(choices.Length)];
}
