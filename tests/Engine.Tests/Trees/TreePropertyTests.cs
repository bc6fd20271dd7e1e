using FsCheck.Xunit;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Trees;

[Properties(Arbitrary = [typeof(RandomTree)])]
public sealed class TreePropertyTests
{
    [Property]
    public void Taking_a_tree_apart_and_building_it_again_changes_nothing(TreeDef structure)
    {
        var tree = new PyTree<int>(structure, [.. Enumerable.Range(0, structure.LeafCount)]);
        var rebuilt = Rebuild(tree);
        Assert.Equal(structure, rebuilt);
        Assert.Equal(structure.ToString(), rebuilt.ToString());
        Assert.Equal(structure.GetHashCode(), rebuilt.GetHashCode());
        Assert.Equal(tree.Leaves, InOrder(tree));
    }

    [Property]
    public void Each_leaf_has_a_key_path_of_its_own(TreeDef structure)
    {
        var paths = structure.KeyPaths();
        Assert.Equal(structure.LeafCount, paths.Count);
        Assert.Equal(paths.Count, paths.Distinct().Count());
    }

    [Property]
    public void A_tree_is_a_prefix_of_itself_and_a_leaf_of_every_tree(TreeDef structure)
    {
        var tree = new PyTree<int>(structure, [.. Enumerable.Range(0, structure.LeafCount)]);
        Assert.Equal(tree.Leaves, PrefixTree.Broadcast(tree, structure, "tree"));
        Assert.Equal(
            Enumerable.Repeat(7, structure.LeafCount),
            PrefixTree.Broadcast(PyTree.Leaf(7), structure, "tree")
        );
        Assert.Null(PrefixTree.FindMismatch(structure, structure, "tree"));
    }

    [Property]
    public void A_prefix_either_fits_or_has_a_mismatch_with_words(TreeDef prefix, TreeDef full)
    {
        var tree = new PyTree<int>(prefix, [.. Enumerable.Range(0, prefix.LeafCount)]);
        if (PrefixTree.FindMismatch(prefix, full, "tree") is { } text)
        {
            Assert.Equal(
                text,
                Assert.Throws<Errors.EngineException>(() => PrefixTree.Broadcast(tree, full, "tree")).Message
            );
        }
        else
        {
            Assert.Equal(full.LeafCount, PrefixTree.Broadcast(tree, full, "tree").Count);
        }
    }

    private static IEnumerable<int> InOrder(PyTree<int> tree) =>
        tree.Structure.Kind == TreeKind.Leaf ? tree.Leaves : tree.Children.SelectMany(InOrder);

    private static TreeDef Rebuild(PyTree<int> tree)
    {
        var structure = tree.Structure;
        TreeDef[] children = [.. tree.Children.Select(Rebuild)];
        return structure.Kind switch
        {
            TreeKind.Leaf => TreeDef.Leaf,
            TreeKind.None => TreeDef.None,
            TreeKind.Tuple => TreeDef.Tuple(children),
            TreeKind.List => TreeDef.List(children),
            TreeKind.Dict => TreeDef.Dict([.. structure.Keys.Reverse()], [.. children.Reverse()]),
            TreeKind.OrderedDict => TreeDef.OrderedDict(structure.Keys, children),
            _ => TreeDef.NamedTuple(structure.Name!, structure.Keys, children),
        };
    }
}
