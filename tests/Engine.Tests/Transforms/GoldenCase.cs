using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>One golden function with its arrays, ready to be transformed.</summary>
internal sealed class GoldenCase : IDisposable
{
    private readonly NativeFixture.Arrays arrays;

    public GoldenCase(string name)
    {
        Golden = GoldenFunction.Of(name);
        arrays = new NativeFixture.Arrays(Golden.ArraysFile);
        Function = NativeFixture.Backend.Compile(Golden.Source, Golden.Entry);
        Args = Golden.Args(arrays.Read);
        Kwargs = Golden.Kwargs(arrays.Read);
        TensorArgs = [.. Enumerable.Range(0, Args.Count).Where(i => !IsStatic(Args[i]))];
    }

    public GoldenFunction Golden { get; }

    public ICompiledFunction Function { get; }

    public IReadOnlyList<PyTree<IArgumentLeaf>> Args { get; }

    public IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs { get; }

    /// <summary>Positions of the arguments that are no static values.</summary>
    public IReadOnlyList<int> TensorArgs { get; }

    public double GradRtol => Number("grad_rtol") ?? Golden.Rtol * 10;

    public double GradAtol => Number("grad_atol") ?? Golden.Atol * 10;

    public bool HasComplexInputs =>
        Args.SelectMany(tree => tree.Leaves).Any(leaf => leaf is NDArray a && a.Dtype.IsComplex());

    /// <summary>What the reference was told not to differentiate.</summary>
    public NondiffOption? Nondiff =>
        Golden.Find("nondiff_argnums") is { } argnums ? new NondiffOption([.. Positions(argnums)], null)
        : Golden.Find("nondiff_mask") is { } mask ? NondiffReader.Mask(mask)
        : null;

    /// <summary>Argument numbers that do not count static arguments, as positions.</summary>
    public IEnumerable<int> Positions(JsonElement argnums) =>
        argnums.EnumerateArray().Select(number => TensorArgs[number.GetInt32()]);

    public PyTree<IArgumentLeaf> Read(JsonElement tree) => GoldenFunction.ReadTree(tree, arrays.Read);

    public IReadOnlyList<PyTree<IArgumentLeaf>> ReadAll(JsonElement trees) => [.. trees.EnumerateArray().Select(Read)];

    /// <summary>Trees of the tensor arguments, with null in the places of the static ones.</summary>
    public IReadOnlyList<PyTree<IArgumentLeaf>> WithStatics(IReadOnlyList<PyTree<IArgumentLeaf>> trees)
    {
        if (trees.Count == Args.Count)
        {
            return trees;
        }

        var rest = new Queue<PyTree<IArgumentLeaf>>(trees);
        return [.. Args.Select(argument => IsStatic(argument) ? PyTree.None<IArgumentLeaf>() : rest.Dequeue())];
    }

    public TransformedCall Call(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        params IReadOnlyList<Transform> transforms
    ) => new(Function, args, transforms) { Kwargs = Kwargs, Nondiff = Nondiff };

    /// <summary>Compares with what was recorded, structure, dtypes and all, and disposes of it.</summary>
    public static void Check(PyTree<NDArray> got, PyTree<IArgumentLeaf> want, double rtol, double atol)
    {
        Assert.Equal(want.Structure, got.Structure);
        foreach (var (array, leaf) in got.Leaves.Zip(want.Leaves))
        {
            var expected = (NDArray)leaf;
            Assert.Equal(expected.Dtype, array.Dtype);
            Closeness.Check(array, expected, rtol, atol);
        }
    }

    public void Dispose()
    {
        arrays.Dispose();
        Function.Dispose();
    }

    public static bool IsStatic(PyTree<IArgumentLeaf> tree) =>
        tree.Leaves.Count > 0 && tree.Leaves.All(leaf => leaf is StaticValue);

    private double? Number(string field) => Golden.Find(field)?.GetDouble();
}
