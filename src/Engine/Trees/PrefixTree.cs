using Torch2Jax.Errors;

namespace Torch2Jax.Trees;

/// <summary>Prefix trees: a tree whose leaves each stand for a whole subtree of another one.</summary>
public static class PrefixTree
{
    /// <summary>What JAX calls the type of an array in its texts.</summary>
    public const string ArrayType = "<class 'jaxlib._jax.ArrayImpl'>";

    /// <summary>Repeats each leaf of the prefix for all leaves that it stands for.</summary>
    /// <param name="prefix">The prefix tree.</param>
    /// <param name="full">The tree that it is a prefix of.</param>
    /// <param name="name">What errors call the prefix, such as <c>vmap in_axes</c>.</param>
    /// <param name="leafType">What errors call the type of a leaf of the full tree.</param>
    /// <returns>One leaf of the prefix for each leaf of the full tree.</returns>
    /// <exception cref="EngineException">StructureMismatch, with JAX's text.</exception>
    public static IReadOnlyList<TPrefix> Broadcast<TPrefix>(
        PyTree<TPrefix> prefix,
        TreeDef full,
        string name,
        string leafType = ArrayType
    )
    {
        var repeated = new List<TPrefix>(full.LeafCount);
        var nextLeaf = 0;
        if (!TryRepeat(prefix, prefix.Structure, full, ref nextLeaf, repeated))
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                FindMismatch(prefix.Structure, full, name, leafType)
                    ?? throw new InvalidOperationException($"{prefix.Structure} is no prefix of {full}, for no reason.")
            );
        }

        return repeated;
    }

    /// <summary>
    /// JAX's text about the first place where one tree is not a prefix of the other; null where it is one. With the name
    /// <c>tree_map tree</c> these are the errors of <c>jax.tree.map</c>.
    /// </summary>
    public static string? FindMismatch(TreeDef prefix, TreeDef full, string name, string leafType = ArrayType) =>
        new PrefixMismatch(name, leafType).Find(prefix, full, "");

    private static bool TryRepeat<TPrefix>(
        PyTree<TPrefix> tree,
        TreeDef prefix,
        TreeDef full,
        ref int nextLeaf,
        List<TPrefix> repeated
    )
    {
        if (prefix.Kind == TreeKind.Leaf)
        {
            var leaf = tree.LeafSpan[nextLeaf++];
            for (var i = 0; i < full.LeafCount; i++)
            {
                repeated.Add(leaf);
            }

            return true;
        }

        if (!SameNode(prefix, full))
        {
            return false;
        }

        for (var i = 0; i < prefix.Children.Length; i++)
        {
            if (!TryRepeat(tree, prefix.Children[i], full.Children[i], ref nextLeaf, repeated))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameNode(TreeDef prefix, TreeDef full) =>
        prefix.Kind == full.Kind
        && prefix.Name == full.Name
        && prefix.Children.Length == full.Children.Length
        && prefix.Keys.AsSpan().SequenceEqual(full.Keys.AsSpan());
}
