using System.Collections.Specialized;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>Trees of results as scripts take them apart: lists and tuples as arrays, dicts as ordered dictionaries.</summary>
internal static class OutputWriter
{
    public static object? Write<T>(PyTree<T> tree, Func<T, object> leaf)
    {
        switch (tree.Structure.Kind)
        {
            case TreeKind.Leaf:
                return leaf(tree.LeafSpan[0]);
            case TreeKind.None:
                return null;
            case TreeKind.Tuple or TreeKind.List:
                return tree.Children.Select(child => Write(child, leaf)).ToArray();
            default:
                var items = new OrderedDictionary(StringComparer.Ordinal);
                for (var i = 0; i < tree.Children.Count; i++)
                {
                    items.Add(tree.Structure.Keys[i], Write(tree[i], leaf));
                }

                return items;
        }
    }
}
