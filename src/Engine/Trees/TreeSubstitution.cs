namespace Torch2Jax.Trees;

/// <summary>Structures made by putting a tree in the place of each leaf.</summary>
internal static class TreeSubstitution
{
    /// <summary>Puts <paramref name="replacement"/> of a leaf's number in its place.</summary>
    public static TreeDef Replace(TreeDef tree, Func<int, TreeDef> replacement)
    {
        var next = 0;
        return Replace(tree, replacement, ref next);
    }

    private static TreeDef Replace(TreeDef tree, Func<int, TreeDef> replacement, ref int next)
    {
        if (tree.Kind == TreeKind.Leaf)
        {
            return replacement(next++);
        }

        if (tree.Children.IsEmpty)
        {
            return tree;
        }

        var children = new TreeDef[tree.Children.Length];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = Replace(tree.Children[i], replacement, ref next);
        }

        return WithChildren(tree, children);
    }

    private static TreeDef WithChildren(TreeDef tree, TreeDef[] children) =>
        tree.Kind switch
        {
            TreeKind.Tuple => TreeDef.Tuple(children),
            TreeKind.List => TreeDef.List(children),
            TreeKind.Dict => TreeDef.Dict(tree.Keys, children),
            TreeKind.NamedTuple => TreeDef.NamedTuple(tree.Name!, tree.Keys, children),
            TreeKind.OrderedDict => TreeDef.OrderedDict(tree.Keys, children),
            _ => tree,
        };
}
