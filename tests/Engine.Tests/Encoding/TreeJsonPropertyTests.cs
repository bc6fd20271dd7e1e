using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Tests.Trees;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Encoding;

[Properties(Arbitrary = [typeof(RandomArray), typeof(TreeJsonPropertyTests)])]
public sealed class TreeJsonPropertyTests
{
    public static Arbitrary<TreeDef> JsonTreeDefs() =>
        Arb.From(Gen.Sized(size => RandomTree.Plain(Math.Min(size, 15))));

    [Property(MaxTest = 400)]
    public void An_array_comes_back_from_each_encoding(ArrayPlan plan)
    {
        using var array = plan.Make();
        foreach (var encoding in Enum.GetValues<ArrayEncoding>())
        {
            var json = JsonTrees.Write(PyTree.Leaf(array), encoding);
            using var whole = (NDArray)JsonTrees.Read(json).Leaves[0];
            RandomArray.AssertSame(array, whole);
            using var pieces = (NDArray)JsonTrees.ReadSegmented(json, 3).Leaves[0];
            RandomArray.AssertSame(array, pieces);
        }
    }

    [Property]
    public void A_tree_comes_back_with_its_structure_and_leaves(TreeDef structure, ArrayPlan plan)
    {
        NDArray[] leaves = [.. Enumerable.Range(0, structure.LeafCount).Select(i => (plan with { Seed = i }).Make())];
        var json = JsonTrees.Write(new PyTree<NDArray>(structure, leaves), ArrayEncoding.Json);
        var again = JsonTrees.Read(json);
        Assert.Equal(structure, again.Structure);
        Assert.Equal(structure.ToString(), again.Structure.ToString());
        for (var i = 0; i < leaves.Length; i++)
        {
            RandomArray.AssertSame(leaves[i], (NDArray)again.Leaves[i]);
            leaves[i].Dispose();
        }

        JsonTrees.Dispose(again);
    }
}
