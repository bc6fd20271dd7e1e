using System.Collections.Immutable;
using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Trees of shapes as text, both ways: <c>(float32[3,2], {'n': int64[3]}, 3, None)</c>.</summary>
internal static class TreeNotation
{
    public static PyTree<IArgumentLeaf> Read(string text)
    {
        var at = 0;
        var tree = ReadTree(text, ref at);
        return at == text.Length ? tree : throw new FormatException($"'{text[at..]}' is left over.");
    }

    public static PyTree<ShapeDtypeStruct> ReadShapes(string text) => Read(text).Map(leaf => (ShapeDtypeStruct)leaf);

    /// <summary>The items of a tuple.</summary>
    public static IReadOnlyList<PyTree<IArgumentLeaf>> ReadArguments(string text) => Read(text).Children;

    public static string Write(PyTree<ShapeDtypeStruct> tree) =>
        Write(
            tree.Structure,
            new Queue<string>(tree.Leaves.Select(leaf => $"{leaf}".Replace(", ", ",", StringComparison.Ordinal)))
        );

    public static string Write(TreeDef tree, Queue<string> leaves)
    {
        if (tree.Kind is TreeKind.Leaf or TreeKind.None)
        {
            return tree.Kind == TreeKind.None ? "None" : leaves.Dequeue();
        }

        var children = tree.Children.Select(child => Write(child, leaves)).ToArray();
        return tree.Kind switch
        {
            TreeKind.Tuple => children.Length == 1 ? $"({children[0]},)" : $"({string.Join(", ", children)})",
            TreeKind.List => $"[{string.Join(", ", children)}]",
            _ => $"{{{string.Join(", ", tree.Keys.Zip(children, (key, child) => $"'{key}': {child}"))}}}",
        };
    }

    private static PyTree<IArgumentLeaf> ReadTree(string text, ref int at)
    {
        switch (text[at])
        {
            case '(':
                return PyTree.Tuple(ReadItems(text, ref at, ')'));
            case '[':
                return PyTree.List(ReadItems(text, ref at, ']'));
            case '{':
                return ReadDict(text, ref at);
            default:
                var start = at;
                var inShape = false;
                for (; at < text.Length && (inShape || !",)]}".Contains(text[at])); at++)
                {
                    inShape = text[at] == '[' || (inShape && text[at] != ']');
                    if (text[at] == ']')
                    {
                        inShape = false;
                    }
                }

                return ReadLeaf(text[start..at]);
        }
    }

    private static PyTree<IArgumentLeaf> ReadLeaf(string text) =>
        text switch
        {
            "None" => PyTree.None<IArgumentLeaf>(),
            "True" or "False" => PyTree.Leaf<IArgumentLeaf>(new StaticValue(text == "True")),
            _ when text.IndexOf('[') is var shape and >= 0 => PyTree.Leaf<IArgumentLeaf>(
                new ShapeDtypeStruct(DTypes.Parse(text[..shape]), ReadShape(text[(shape + 1)..^1]))
            ),
            _ when long.TryParse(text, CultureInfo.InvariantCulture, out var number) => PyTree.Leaf<IArgumentLeaf>(
                new StaticValue(number)
            ),
            _ => PyTree.Leaf<IArgumentLeaf>(new StaticValue(double.Parse(text, CultureInfo.InvariantCulture))),
        };

    private static ImmutableArray<long> ReadShape(string text) =>
        text.Length == 0 ? [] : [.. text.Split(',').Select(size => long.Parse(size, CultureInfo.InvariantCulture))];

    private static List<PyTree<IArgumentLeaf>> ReadItems(string text, ref int at, char close)
    {
        var items = new List<PyTree<IArgumentLeaf>>();
        for (at++; text[at] != close; )
        {
            items.Add(ReadTree(text, ref at));
            SkipComma(text, ref at);
        }

        at++;
        return items;
    }

    private static PyTree<IArgumentLeaf> ReadDict(string text, ref int at)
    {
        var items = new List<KeyValuePair<string, PyTree<IArgumentLeaf>>>();
        for (at++; text[at] != '}'; )
        {
            var end = text.IndexOf("': ", at, StringComparison.Ordinal);
            var key = text[(at + 1)..end];
            at = end + 3;
            items.Add(KeyValuePair.Create(key, ReadTree(text, ref at)));
            SkipComma(text, ref at);
        }

        at++;
        return PyTree.Dict(items);
    }

    private static void SkipComma(string text, ref int at)
    {
        while (text[at] is ',' or ' ')
        {
            at++;
        }
    }
}
