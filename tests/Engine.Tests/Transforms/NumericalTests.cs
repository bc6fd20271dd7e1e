using System.Numerics;
using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Derivatives of generated functions against central differences in float64, to order 2, complex ones too.</summary>
[Collection(NativeCollection.Name)]
public sealed class NumericalTests
{
    private const double Step = 1e-6;
    private const double Tolerance = 1e-7;
    private static readonly Argnums Both = Argnums.Several(0, 1);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    public static TheoryData<int> ComplexSeeds => [.. Enumerable.Range(100, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Gradients_and_hessians_are_those_of_central_differences(int seed)
    {
        var made = new DerivativeFunction(seed, complex: false);
        using var function = NativeFixture.Backend.Compile(made.Source(scalar: true), null);
        var at = made.Values(6);
        Assert.Equal(Differences(at, p => Flat(function, p)), Flat(function, at, new Grad(Both)), Close);
        var hessian = Differences(at, p => Flat(function, p, new Grad(Both)));
        var rows = Reorder(Flat(function, at, new Hessian(Both)));
        Assert.Equal(hessian, rows, Close);
        Assert.Equal(rows, Reorder(Flat(function, at, new Jacrev(Both), new Jacfwd(Both))), Close);
        Assert.Equal(rows, Reorder(Flat(function, at, new Jacfwd(Both), new Jacfwd(Both))), Close);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Jacobians_of_vectors_are_those_of_central_differences(int seed)
    {
        var made = new DerivativeFunction(seed + 1000, complex: false);
        using var function = NativeFixture.Backend.Compile(made.Source(scalar: false), null);
        var at = made.Values(6);
        // Columns [input][output] of the differences against [output][input] of each of two blocks.
        var columns = Differences(at, p => Flat(function, p));
        foreach (var transform in new Transform[] { new Jacrev(Both), new Jacfwd(Both) })
        {
            var blocks = Flat(function, at, transform);
            var expected = blocks.Select((_, i) => columns[(((i / 9 * 3) + (i % 3)) * 3) + (i % 9 / 3)]).ToArray();
            Assert.Equal(expected, blocks, Close);
        }
    }

    [Theory]
    [MemberData(nameof(ComplexSeeds))]
    public void Complex_tangents_are_those_of_central_differences_and_cotangents_their_transpose(int seed)
    {
        var made = new DerivativeFunction(seed, complex: true);
        using var function = NativeFixture.Backend.Compile(made.Source(scalar: false), null);
        var (at, tangent) = (Complexes(made.Values(12)), Complexes(made.Values(12)));
        var cotangent = Complexes(made.Values(6));
        var pushed = Outputs(function, [Pair(at), Pair(tangent)], new Jvp())[^3..];
        var (ahead, behind) = (Shift(at, tangent, Step), Shift(at, tangent, -Step));
        var high = Outputs(function, Pair(ahead).Children);
        var low = Outputs(function, Pair(behind).Children);
        var difference = high.Zip(low, (a, b) => (a - b) / (2 * Step)).ToArray();
        Assert.All(difference.Zip(pushed), pair => Assert.True(Complex.Abs(pair.First - pair.Second) < Tolerance));

        // JAX pairs cotangents with tangents without conjugation.
        var pulled = Outputs(function, [Pair(at), Array(cotangent)], new Vjp())[^6..];
        var forward = cotangent.Zip(difference, (c, t) => (c * t).Real).Sum();
        var backward = pulled.Zip(tangent, (c, t) => (c * t).Real).Sum();
        Assert.Equal(forward, backward, Tolerance);
    }

    [Theory]
    [MemberData(nameof(ComplexSeeds))]
    public void Complex_second_derivatives_are_those_of_central_differences_and_their_transpose(int seed)
    {
        var made = new DerivativeFunction(seed, complex: true);
        using var function = NativeFixture.Backend.Compile(made.Source(scalar: false), null);
        var at = Complexes(made.Values(18)); // x, y and the cotangent of the output
        var direction = Complexes(made.Values(18));
        var weights = Complexes(made.Values(18));
        var pushed = Outputs(function, [Pullback(at), Pullback(direction)], new Vjp(), new Jvp())[^9..];
        var high = Outputs(function, Pullback(Shift(at, direction, Step)).Children, new Vjp());
        var low = Outputs(function, Pullback(Shift(at, direction, -Step)).Children, new Vjp());
        var difference = high.Zip(low, (a, b) => (a - b) / (2 * Step)).ToArray();
        Assert.All(difference.Zip(pushed), pair => Assert.True(Complex.Abs(pair.First - pair.Second) < 10 * Tolerance));

        var cotangents = PyTree.Tuple(Array(weights[..3]), Pair(weights[3..]));
        var pulled = Outputs(function, [Pullback(at), cotangents], new Vjp(), new Vjp())[^9..];
        var forward = weights.Zip(pushed, (c, t) => (c * t).Real).Sum();
        var backward = pulled.Zip(direction, (c, t) => (c * t).Real).Sum();
        Assert.Equal(forward, backward, 1e-10);
    }

    // The arguments of a vjp: (x, y) and the cotangent.
    private static PyTree<IArgumentLeaf> Pullback(Complex[] values) =>
        PyTree.Tuple(Pair(values[..6]), Array(values[6..]));

    private static bool Close(double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(1, Math.Abs(b)) * 10;

    private static double[] Differences(double[] at, Func<double[], double[]> function)
    {
        var columns = new List<double>();
        for (var i = 0; i < at.Length; i++)
        {
            var (high, low) = ((double[])at.Clone(), (double[])at.Clone());
            high[i] += Step;
            low[i] -= Step;
            columns.AddRange(function(high).Zip(function(low), (a, b) => (a - b) / (2 * Step)));
        }

        return [.. columns];
    }

    // Four blocks of 3x3 as one matrix of 6x6.
    private static double[] Reorder(double[] blocks) =>
        [
            .. Enumerable
                .Range(0, 36)
                .Select(i => blocks[(((i / 18 * 2) + (i % 6 / 3)) * 9) + (i / 6 % 3 * 3) + (i % 3)]),
        ];

    private static double[] Flat(ICompiledFunction function, double[] at, params Transform[] transforms)
    {
        using var x = NDArray.FromArray(at[..3], 3);
        using var y = NDArray.FromArray(at[3..], 3);
        var outputs = new TransformedCall(function, [Leaf(x), Leaf(y)], transforms).Run();
        return [.. outputs.Leaves.SelectMany(array => array.AsSpan<double>().ToArray())];
    }

    private static Complex[] Outputs(
        ICompiledFunction function,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        params Transform[] transforms
    ) =>
        [
            .. new TransformedCall(function, args, transforms)
                .Run()
                .Leaves.SelectMany(array => array.AsSpan<Complex>().ToArray()),
        ];

    private static Complex[] Complexes(double[] parts) =>
        [.. Enumerable.Range(0, parts.Length / 2).Select(i => new Complex(parts[2 * i], parts[(2 * i) + 1]))];

    private static Complex[] Shift(Complex[] at, Complex[] direction, double step) =>
        [.. at.Zip(direction, (a, d) => a + (step * d))];

    private static PyTree<IArgumentLeaf> Pair(Complex[] values) => PyTree.Tuple(Array(values[..3]), Array(values[3..]));

    private static PyTree<IArgumentLeaf> Array(Complex[] values) =>
        Leaf(NDArray.FromSpan<Complex>(DType.Complex128, [values.Length], values));

    private static PyTree<IArgumentLeaf> Leaf(NDArray array) => PyTree.Leaf<IArgumentLeaf>(array);
}
