namespace Torch2Jax.Trees;

/// <summary>Builds trees out of leaves and other trees.</summary>
public static class PyTree
{
    /// <summary>A tree that is one leaf.</summary>
    public static PyTree<T> Leaf<T>(T leaf) => new(TreeDef.Leaf, leaf);

    /// <summary>None: a tree without leaves.</summary>
    public static PyTree<T> None<T>() => new(TreeDef.None);

    /// <summary>A tuple of trees.</summary>
    public static PyTree<T> Tuple<T>(params IReadOnlyList<PyTree<T>> children) =>
        new(TreeDef.Tuple(Structures(children)), LeavesOf(children));

    /// <summary>A list of trees.</summary>
    public static PyTree<T> List<T>(params IReadOnlyList<PyTree<T>> children) =>
        new(TreeDef.List(Structures(children)), LeavesOf(children));

    /// <summary>A dict of trees; the order in which the keys (unique) come does not count.</summary>
    public static PyTree<T> Dict<T>(IEnumerable<KeyValuePair<string, PyTree<T>>> items)
    {
        var given = items.ToArray();
        var keys = Array.ConvertAll(given, item => item.Key);
        var children = KeyOrder.Apply(KeyOrder.Of(keys), Array.ConvertAll(given, item => item.Value));
        Array.Sort(keys, CodePointComparer.Instance);
        return new(TreeDef.Dict(keys, Structures(children)), LeavesOf(children));
    }

    private static TreeDef[] Structures<T>(IReadOnlyList<PyTree<T>> children)
    {
        var structures = new TreeDef[children.Count];
        for (var i = 0; i < structures.Length; i++)
        {
            structures[i] = children[i].Structure;
        }

        return structures;
    }

    private static T[] LeavesOf<T>(IReadOnlyList<PyTree<T>> children)
    {
        var count = 0;
        foreach (var child in children)
        {
            count += child.Structure.LeafCount;
        }

        var leaves = new T[count];
        var next = 0;
        foreach (var child in children)
        {
            child.LeafSpan.CopyTo(leaves.AsSpan(next));
            next += child.Structure.LeafCount;
        }

        return leaves;
    }
}
