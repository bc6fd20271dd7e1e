using System.Globalization;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Arguments as Python would print them, with every array shown by its shape, never by its values.</summary>
internal static class ArgumentsText
{
    /// <summary><c>(float32[3], {'a': None})</c>.</summary>
    public static string Of(IReadOnlyList<PyTree<IArgumentLeaf>> args)
    {
        var text = new StringBuilder();
        AppendTuple(text, args);
        return text.ToString();
    }

    /// <summary><c>((float32[3],), {'y': float32[3]})</c>.</summary>
    public static string Of(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>> kwargs
    )
    {
        var text = new StringBuilder("(");
        AppendTuple(text, args);
        text.Append(", {");
        var separator = "";
        foreach (var (name, tree) in kwargs.OrderBy(k => k.Key, CodePointComparer.Instance))
        {
            text.Append(separator);
            PythonText.AppendRepr(text, name);
            text.Append(": ");
            Append(text, tree);
            separator = ", ";
        }

        return text.Append("})").ToString();
    }

    private static void Append(StringBuilder text, PyTree<IArgumentLeaf> tree)
    {
        switch (tree.Structure.Kind)
        {
            case TreeKind.Leaf:
                AppendLeaf(text, tree.LeafSpan[0]);
                break;
            case TreeKind.None:
                text.Append("None");
                break;
            case TreeKind.List:
                text.Append('[').AppendItems(tree.Children).Append(']');
                break;
            case TreeKind.Tuple:
                AppendTuple(text, tree.Children);
                break;
            default:
                AppendDict(text, tree);
                break;
        }
    }

    private static void AppendTuple(StringBuilder text, IReadOnlyList<PyTree<IArgumentLeaf>> items) =>
        text.Append('(').AppendItems(items).Append(items.Count == 1 ? ",)" : ")");

    private static StringBuilder AppendItems(this StringBuilder text, IReadOnlyList<PyTree<IArgumentLeaf>> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            Append(text, items[i]);
        }

        return text;
    }

    private static void AppendDict(StringBuilder text, PyTree<IArgumentLeaf> dict)
    {
        text.Append('{');
        for (var i = 0; i < dict.Structure.Keys.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            PythonText.AppendRepr(text, dict.Structure.Keys[i]);
            text.Append(": ");
            Append(text, dict.Children[i]);
        }

        text.Append('}');
    }

    private static void AppendLeaf(StringBuilder text, IArgumentLeaf leaf)
    {
        switch (leaf)
        {
            case StaticValue { Value: string value }:
                PythonText.AppendRepr(text, value);
                break;
            case StaticValue { Value: bool value }:
                text.Append(value ? "True" : "False");
                break;
            case StaticValue { Value: var value }:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            default:
                text.Append(leaf);
                break;
        }
    }
}
