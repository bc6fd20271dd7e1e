using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Trees;

public sealed class GoldenTreeTests
{
    private const string LeafType = "<class 'int'>";

    public static TheoryData<string> Structures => GoldenTree.Names("structure");

    public static TheoryData<string> Equalities => GoldenTree.Names("equal");

    public static TheoryData<string> Prefixes => GoldenTree.Names("prefix");

    public static TheoryData<string> Unflattenings => GoldenTree.Names("unflatten");

    [Theory]
    [MemberData(nameof(Structures))]
    public void A_structure_is_flattened_printed_and_mapped_as_in_JAX(string name)
    {
        var golden = GoldenTree.Of(name);
        var tree = GoldenTree.Read(golden.GetProperty("tree"));

        Assert.Equal(golden.GetProperty("treedef").GetString(), tree.Structure.ToString());
        Assert.Equal(golden.GetProperty("num_leaves").GetInt32(), tree.Structure.LeafCount);
        Assert.Equal(golden.GetProperty("num_nodes").GetInt32(), tree.Structure.NodeCount);
        Assert.Equal(GoldenTree.Ints(golden.GetProperty("leaves")), tree.Leaves);
        Assert.Equal(
            golden.GetProperty("paths").EnumerateArray().Select(path => path.GetString()),
            tree.Structure.KeyPaths()
        );
        var doubled = tree.Map(leaf => leaf * 2);
        Assert.Equal(GoldenTree.Ints(golden.GetProperty("doubled_leaves")), doubled.Leaves);
        Assert.Equal(tree.Structure, new PyTree<long>(tree.Structure, tree.Leaves).Structure);
    }

    [Theory]
    [MemberData(nameof(Equalities))]
    public void Structures_are_equal_and_map_together_where_JAX_says_so(string name)
    {
        var golden = GoldenTree.Of(name);
        var a = GoldenTree.Read(golden.GetProperty("a")).Structure;
        var b = GoldenTree.Read(golden.GetProperty("b")).Structure;
        var equal = golden.GetProperty("equal").GetBoolean();

        Assert.Equal(golden.GetProperty("treedef_a").GetString(), a.ToString());
        Assert.Equal(golden.GetProperty("treedef_b").GetString(), b.ToString());
        Assert.Equal(equal, a.Equals(b));
        Assert.Equal(equal, a.GetHashCode() == b.GetHashCode());
        Assert.Equal(
            GoldenTree.ErrorText(golden.GetProperty("map_error")),
            PrefixTree.FindMismatch(a, b, "tree_map tree", LeafType)
        );
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void A_prefix_is_broadcast_or_refused_with_JAX_words(string name)
    {
        var golden = GoldenTree.Of(name);
        var prefix = GoldenTree.Read(golden.GetProperty("prefix"));
        var full = GoldenTree.Read(golden.GetProperty("full")).Structure;
        const string called = "broadcast_prefix prefix_tree";

        if (GoldenTree.ErrorText(golden.GetProperty("error")) is { } text)
        {
            var error = Assert.Throws<EngineException>(() => PrefixTree.Broadcast(prefix, full, called, LeafType));
            Assert.Equal(ErrorCode.StructureMismatch, error.Code);
            Assert.Equal(text, error.Message);
        }
        else
        {
            var result = PrefixTree.Broadcast(prefix, full, called, LeafType);
            Assert.Equal(GoldenTree.Ints(golden.GetProperty("result_leaves")), result);
        }
    }

    [Theory]
    [MemberData(nameof(Unflattenings))]
    public void New_leaves_fill_a_structure_or_are_refused_with_JAX_words(string name)
    {
        var golden = GoldenTree.Of(name);
        var structure = GoldenTree.Read(golden.GetProperty("tree")).Structure;
        var leaves = GoldenTree.Ints(golden.GetProperty("leaves"));

        if (GoldenTree.ErrorText(golden.GetProperty("error")) is { } text)
        {
            var error = Assert.Throws<EngineException>(() => new PyTree<long>(structure, leaves));
            Assert.Equal(ErrorCode.StructureMismatch, error.Code);
            Assert.Equal(text, error.Message);
        }
        else
        {
            var expected = GoldenTree.Read(golden.GetProperty("result"));
            var result = new PyTree<long>(structure, leaves);
            Assert.Equal(expected.Structure, result.Structure);
            Assert.Equal(expected.Leaves, result.Leaves);
        }
    }
}
