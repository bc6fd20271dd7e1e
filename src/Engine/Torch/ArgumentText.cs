using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Words for what came and for what would have fitted. Arrays are shown by shape, never by value.</summary>
internal static class ArgumentText
{
    private const int MaxKeys = 8;

    public static string Describe(PyTree<IArgumentLeaf> tree)
    {
        TreeDef structure = tree.Structure;
        return structure.Kind switch
        {
            TreeKind.Leaf => Describe(tree.LeafSpan[0]),
            TreeKind.None => "None",
            TreeKind.Tuple => $"a tuple of {structure.Children.Length}",
            TreeKind.List => $"a list of {structure.Children.Length}",
            TreeKind.Dict when structure.Keys.Length == 0 => "an empty dict",
            TreeKind.Dict => $"a dict with {Keys(structure)}",
            _ => $"a {structure.Kind}",
        };
    }

    public static string HowToWrite(TorchType type, PyTree<IArgumentLeaf> tree) =>
        (type.Kind, tree.Structure.Kind) switch
        {
            (TorchTypeKind.Tensor, TreeKind.None) => "Only an argument declared Optional[Tensor] takes None.",
            (TorchTypeKind.Tensor, _) =>
                "Write an array as {\"dtype\": \"float32\", \"shape\": [2], \"data\": [1, 2]}.",
            (TorchTypeKind.Tuple, TreeKind.List) => "Tuples and lists differ: write a tuple as {\"$tuple\": [...]}.",
            (TorchTypeKind.Tuple, _) => $"Write a tuple of {type.Elements.Length} as {{\"$tuple\": [...]}}.",
            (TorchTypeKind.List, TreeKind.Tuple) => "Tuples and lists differ: write a list as [...].",
            (TorchTypeKind.List, _) => "Write a list as [...].",
            (TorchTypeKind.Dict, _) => "Write a dict as {\"key\": ...}.",
            (TorchTypeKind.Int, _) => "Write a static int as a JSON number without a fraction.",
            (TorchTypeKind.Float, _) => "Write a static float as a JSON number.",
            (TorchTypeKind.Bool, _) => "Write a static bool as true or false.",
            (TorchTypeKind.String, _) => "Write a static str as a JSON string.",
            _ => $"Nothing can be given for an argument of type {type}.",
        };

    private static string Describe(IArgumentLeaf leaf) =>
        leaf is StaticValue { Value: var value }
            ? value switch
            {
                long number => $"the int {number}",
                double number => $"the float {number}",
                bool flag => flag ? "the bool true" : "the bool false",
                _ => "a string",
            }
            : $"the array {leaf}";

    private static string Keys(TreeDef dict)
    {
        string shown = string.Join(", ", dict.Keys.Take(MaxKeys).Select(PythonText.Repr));
        string word = dict.Keys.Length == 1 ? "key" : "keys";
        return dict.Keys.Length > MaxKeys ? $"{dict.Keys.Length} {word} ({shown}, ...)" : $"{word} {shown}";
    }
}
