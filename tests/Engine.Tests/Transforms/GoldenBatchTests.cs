using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Every recorded batch of the golden functions, by every method that gives it.</summary>
[Collection(NativeCollection.Name)]
public sealed class GoldenBatchTests
{
    public static TheoryData<string> WithVmap => With("vmap");

    public static TheoryData<string> WithNested => With("vmap_nested");

    public static TheoryData<string> WithGrad => With("vmap_grad");

    [Theory]
    [MemberData(nameof(WithVmap))]
    public void Each_method_gives_the_recorded_batch(string name)
    {
        using var golden = new GoldenCase(name);
        foreach (var batch in golden.Golden.Find("vmap")!.Value.EnumerateArray())
        {
            var axes = batch.GetProperty("in_axes").EnumerateArray().Select(AxisOf).ToArray();
            var args = golden.ReadAll(batch.GetProperty("args"));
            var inAxes = AxesOf(args, axes, out var keywordAxes);
            if (keywordAxes.Any(axis => axis != 0))
            {
                continue; // keyword arguments are mapped over their first axis, as in JAX
            }

            var want = golden.Read(batch.GetProperty("outputs"));
            foreach (var method in Methods(golden.Golden, batch))
            {
                var vmap = new Vmap(inAxes, null, OutAxes(batch, want.Structure), null, method);
                var call = golden.Call(args, vmap) with { Kwargs = Kwargs(golden, batch) };
                var outputs = call.Run();
                GoldenCase.Check(outputs, want, Math.Max(golden.Golden.Rtol, 1e-5), Math.Max(golden.Golden.Atol, 1e-6));
                if (call.EvalShape() is { } shapes)
                {
                    Assert.Equal(TreeNotation.Write(shapes), TreeNotation.Write(outputs.Map(array => array.Aval)));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(WithNested))]
    public void Nested_batches_are_the_recorded_ones(string name)
    {
        using var golden = new GoldenCase(name);
        var nested = golden.Golden.Find("vmap_nested")!.Value;
        foreach (var item in nested.ValueKind == JsonValueKind.Array ? nested.EnumerateArray().ToArray() : [nested])
        {
            var args = golden.ReadAll(item.GetProperty("args"));
            foreach (var method in new[] { VmapMethods.Sequential, VmapMethods.Vectorized })
            {
                var transforms = item.GetProperty("in_axes")
                    .EnumerateArray()
                    .Reverse()
                    .Select(axes => new Vmap(
                        AxesOf(args, [.. axes.EnumerateArray().Select(AxisOf)], out _),
                        null,
                        PyTree.Leaf<int?>(0),
                        null,
                        method
                    ))
                    .ToArray();
                GoldenCase.Check(
                    golden.Call(args, transforms).Run(),
                    golden.Read(item.GetProperty("outputs")),
                    Math.Max(golden.Golden.Rtol, 1e-5),
                    Math.Max(golden.Golden.Atol, 1e-6)
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(WithGrad))]
    public void Gradients_of_each_element_are_the_recorded_ones(string name)
    {
        using var golden = new GoldenCase(name);
        var item = golden.Golden.Find("vmap_grad")!.Value;
        var args = golden.ReadAll(item.GetProperty("args"));
        var inAxes = AxesOf(args, [.. item.GetProperty("in_axes").EnumerateArray().Select(AxisOf)], out _);
        var grad = new Grad(Argnums.Several([.. golden.Positions(item.GetProperty("argnums"))]));
        foreach (var method in new[] { VmapMethods.Sequential, VmapMethods.Vectorized })
        {
            var vmap = new Vmap(inAxes, null, PyTree.Leaf<int?>(0), null, method);
            GoldenCase.Check(
                golden.Call(args, grad, vmap).Run(),
                PyTree.Tuple(golden.ReadAll(item.GetProperty("values"))),
                golden.GradRtol,
                golden.GradAtol
            );
        }
    }

    private static TheoryData<string> With(string field) =>
        [
            .. GoldenFunction.Names.Where(name =>
                GoldenFunction.Of(name) is { Is64Bit: true } golden && golden.Find(field) is not null
            ),
        ];

    private static List<string> Methods(GoldenFunction golden, JsonElement batch)
    {
        var recorded = batch.GetProperty("vmap_method").EnumerateArray().Select(method => method.GetString()!).ToList();
        if (recorded.Contains(VmapMethods.Sequential) && !golden.Has("data_dependent"))
        {
            recorded.Add(VmapMethods.Vectorized);
        }

        return recorded;
    }

    private static Dictionary<string, PyTree<IArgumentLeaf>>? Kwargs(GoldenCase golden, JsonElement batch) =>
        batch.TryGetProperty("kwargs", out var kwargs) && kwargs.ValueKind == JsonValueKind.Object
            ? kwargs.EnumerateObject().ToDictionary(item => item.Name, item => golden.Read(item.Value))
            : null;

    private static PyTree<int?> OutAxes(JsonElement batch, TreeDef outputs)
    {
        var axes = batch.GetProperty("out_axes").EnumerateArray().Select(AxisOf).ToArray();
        return axes.Distinct().Count() == 1 ? PyTree.Leaf(axes[0]) : new PyTree<int?>(outputs, axes);
    }

    // Axes are listed for arrays alone, positional arguments first.
    private static List<PyTree<int?>> AxesOf(IReadOnlyList<PyTree<IArgumentLeaf>> args, int?[] axes, out int?[] rest)
    {
        var next = new Queue<int?>(axes);
        var trees = args.Select(tree => tree.Map(leaf => leaf is NDArray ? next.Dequeue() : null)).ToList();
        rest = [.. next];
        return trees;
    }

    private static int? AxisOf(JsonElement axis) => axis.ValueKind == JsonValueKind.Null ? null : axis.GetInt32();
}
