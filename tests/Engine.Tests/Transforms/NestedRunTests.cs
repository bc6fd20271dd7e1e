using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Transforms nested by chance: the outermost one must do to the rest what it says.</summary>
[Collection(NativeCollection.Name)]
public sealed class NestedRunTests
{
    private const double Tolerance = 1e-9;
    private const double Step = 1e-6;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 120)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_nesting_runs_and_has_the_shapes_of_the_algebra(int seed)
    {
        var program = new NestedProgram(seed, depth: 1 + (seed % 4));
        var outputs = program.Run(VmapMethods.Sequential);
        Assert.Equal(TreeNotation.Write(program.EvalShape()), TreeNotation.Write(outputs.Map(array => array.Aval)));
        Same(outputs, program.Run(VmapMethods.Vectorized), program.Name);
        switch (program.Outermost)
        {
            case Vmap vmap:
                CheckElements(program, vmap, outputs);
                break;
            case Jvp:
                CheckTangents(program, outputs);
                break;
            case Vjp:
                CheckTranspose(program, outputs);
                break;
            case Jacrev jacrev:
                Same(outputs, program.RunInner(program.InnerArgs, new Jacfwd(jacrev.Argnums)), program.Name);
                break;
        }
    }

    // A batch is the stack of what its elements give.
    private static void CheckElements(NestedProgram program, Vmap vmap, PyTree<NDArray> outputs)
    {
        var elements = Enumerable
            .Range(0, 3)
            .Select(n => program.RunInner([.. program.Args.Select((tree, i) => Element(tree, vmap.InAxes?[i], n))]))
            .ToArray();
        var stacked = new PyTree<NDArray>(
            outputs.Structure,
            Enumerable
                .Range(0, outputs.Leaves.Count)
                .Select(k => elements.Select(element => element.Leaves[k]).ToArray())
                .Select(column => Batching.Stack(column, vmap.OutAxes.Leaves[0] == 0 ? 0 : column[0].Rank))
                .ToArray()
        );
        Same(outputs, stacked, program.Name);
    }

    private static PyTree<IArgumentLeaf> Element(PyTree<IArgumentLeaf> tree, PyTree<int?>? axes, int n) =>
        new(
            tree.Structure,
            tree.Leaves.Select(
                    (leaf, k) =>
                        leaf is NDArray array && (axes is null ? 0 : axes.Leaves[k]) is { } axis
                            ? Batching.Element(array, axis, n)
                            : leaf
                )
                .ToArray()
        );

    // Tangents of the output are central differences along those of the input.
    private static void CheckTangents(NestedProgram program, PyTree<NDArray> outputs)
    {
        var (ahead, behind) = (program.RunInner(Shifted(program, Step)), program.RunInner(Shifted(program, -Step)));
        Same(program.RunInner(program.InnerArgs), outputs[0], program.Name);
        var differences = ahead
            .Leaves.Zip(behind.Leaves)
            .Where(pair => pair.First.Dtype == DType.Float64)
            .Select(pair =>
                pair.First.AsSpan<double>()
                    .ToArray()
                    .Zip(pair.Second.AsSpan<double>().ToArray(), (a, b) => (a - b) / (2 * Step))
            );
        foreach (var (expected, tangent) in differences.Zip(outputs[1].Leaves))
        {
            Assert.Equal(
                expected,
                tangent.AsSpan<double>().ToArray(),
                (a, b) => Math.Abs(a - b) < 1e-6 * (1 + Math.Abs(a))
            );
        }
    }

    private static PyTree<IArgumentLeaf>[] Shifted(NestedProgram program, double step)
    {
        var tangents = new Queue<IArgumentLeaf>(program.Args[1].Leaves);
        return
        [
            .. program.InnerArgs.Select(tree =>
                tree.Map(leaf =>
                    leaf is NDArray { Dtype: DType.Float64 } array
                        ? Moved(array, (NDArray)tangents.Dequeue(), step)
                        : leaf
                )
            ),
        ];
    }

    private static NDArray Moved(NDArray array, NDArray direction, double step)
    {
        var moved = NDArray.Allocate(array.Aval);
        for (var i = 0; i < array.Size; i++)
        {
            moved.AsSpan<double>()[i] = array.AsSpan<double>()[i] + (step * direction.AsSpan<double>()[i]);
        }

        return moved;
    }

    // The pullback is the transpose of the pushforward.
    private static void CheckTranspose(NestedProgram program, PyTree<NDArray> outputs)
    {
        PyTree<IArgumentLeaf>[] tangents = [.. program.InnerArgs.Select(program.Tangent)];
        var pushed = program.RunInner([PyTree.Tuple(program.InnerArgs), PyTree.Tuple(tangents)], new Jvp());
        var forward = Dot(pushed[1].Leaves, program.Args[1].Leaves.Cast<NDArray>());
        var backward = Dot(outputs[1].Leaves, tangents.SelectMany(tree => tree.Leaves).Cast<NDArray>());
        Assert.Equal(forward, backward, 1e-8 * (1 + Math.Abs(forward)));
    }

    private static double Dot(IEnumerable<NDArray> a, IEnumerable<NDArray> b) =>
        a.Zip(b)
            .Sum(pair =>
                pair.First.AsSpan<double>().ToArray().Zip(pair.Second.AsSpan<double>().ToArray(), (x, y) => x * y).Sum()
            );

    private static void Same(PyTree<NDArray> a, PyTree<NDArray> b, string name)
    {
        Assert.Equal(a.Structure, b.Structure);
        foreach (var (x, y) in a.Leaves.Zip(b.Leaves))
        {
            Assert.True(x.Dtype == y.Dtype, name);
            Closeness.Check(x, y, Tolerance, Tolerance);
        }
    }
}
