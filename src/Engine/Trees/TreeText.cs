using System.Text;

namespace Torch2Jax.Trees;

/// <summary>JAX's texts of structures and key paths.</summary>
internal static class TreeText
{
    /// <summary><c>PyTreeDef(...)</c>.</summary>
    public static string Of(TreeDef tree)
    {
        var text = new StringBuilder("PyTreeDef(");
        Append(text, tree);
        return text.Append(')').ToString();
    }

    /// <summary>The key path of one child: <c>[0]</c>, <c>['a']</c>, <c>.x</c>.</summary>
    public static string ChildKey(TreeDef tree, int child) =>
        tree.Kind switch
        {
            TreeKind.Dict or TreeKind.OrderedDict => $"[{PythonText.Repr(tree.Keys[child])}]",
            TreeKind.NamedTuple => $".{tree.Keys[child]}",
            _ => $"[{child}]",
        };

    /// <summary>Adds the key paths of all leaves.</summary>
    public static void AddKeyPaths(TreeDef tree, string path, List<string> paths)
    {
        if (tree.Kind == TreeKind.Leaf)
        {
            paths.Add(path);
            return;
        }

        for (var i = 0; i < tree.Children.Length; i++)
        {
            AddKeyPaths(tree.Children[i], path + ChildKey(tree, i), paths);
        }
    }

    private static void Append(StringBuilder text, TreeDef tree)
    {
        switch (tree.Kind)
        {
            case TreeKind.Leaf:
                text.Append('*');
                break;
            case TreeKind.None:
                text.Append("None");
                break;
            case TreeKind.Tuple:
                AppendChildren(text.Append('('), tree).Append(tree.Children.Length == 1 ? ",)" : ")");
                break;
            case TreeKind.List:
                AppendChildren(text.Append('['), tree).Append(']');
                break;
            case TreeKind.Dict:
                AppendDict(text.Append('{'), tree).Append('}');
                break;
            case TreeKind.NamedTuple:
                text.Append("CustomNode(namedtuple[").Append(tree.Name).Append("], [");
                AppendChildren(text, tree).Append("])");
                break;
            case TreeKind.OrderedDict:
                text.Append("CustomNode(OrderedDict[").Append(PythonText.TupleRepr(tree.Keys)).Append("], [");
                AppendChildren(text, tree).Append("])");
                break;
            default:
                throw new InvalidOperationException($"{tree.Kind} is not a kind of tree.");
        }
    }

    private static StringBuilder AppendChildren(StringBuilder text, TreeDef tree)
    {
        for (var i = 0; i < tree.Children.Length; i++)
        {
            Append(text.Append(i == 0 ? "" : ", "), tree.Children[i]);
        }

        return text;
    }

    private static StringBuilder AppendDict(StringBuilder text, TreeDef tree)
    {
        for (var i = 0; i < tree.Children.Length; i++)
        {
            PythonText.AppendRepr(text.Append(i == 0 ? "" : ", "), tree.Keys[i]);
            Append(text.Append(": "), tree.Children[i]);
        }

        return text;
    }
}
