using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>Puts trees in the place of references.</summary>
internal static class References
{
    /// <summary>Whether there is any.</summary>
    public static bool AreIn(PyTree<IArgumentLeaf> tree)
    {
        foreach (var leaf in tree.LeafSpan)
        {
            if (leaf is ArrayReference)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The tree with each reference's subtree in its place.</summary>
    public static PyTree<IArgumentLeaf> Replace(
        PyTree<IArgumentLeaf> tree,
        IReadOnlyDictionary<ArrayReference, PyTree<IArgumentLeaf>> found
    )
    {
        if (tree.Structure.Kind == TreeKind.Leaf)
        {
            return tree.LeafSpan[0] is ArrayReference whole ? found[whole] : tree;
        }

        if (!AreIn(tree))
        {
            return tree;
        }

        var leaves = new List<IArgumentLeaf>(tree.Structure.LeafCount);
        var structure = TreeSubstitution.Replace(
            tree.Structure,
            i =>
            {
                if (tree.LeafSpan[i] is not ArrayReference reference)
                {
                    leaves.Add(tree.LeafSpan[i]);
                    return TreeDef.Leaf;
                }

                leaves.AddRange(found[reference].Leaves);
                return found[reference].Structure;
            }
        );
        return new PyTree<IArgumentLeaf>(structure, leaves);
    }
}
