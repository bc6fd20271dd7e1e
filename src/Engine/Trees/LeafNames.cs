namespace Torch2Jax.Trees;

/// <summary>Names a result's leaves: output0, output1 ...; of a dict by key path.</summary>
public static class LeafNames
{
    private static readonly string[] First = [.. Enumerable.Range(0, 16).Select(i => $"output{i}")];

    /// <summary>One name a leaf, in flatten order.</summary>
    public static string[] Of(TreeDef structure)
    {
        var names = new List<string>(structure.LeafCount);
        if (structure.Kind is TreeKind.Dict or TreeKind.OrderedDict)
        {
            Add(structure, "", names);
        }
        else
        {
            for (var i = 0; i < structure.LeafCount; i++)
            {
                names.Add(i < First.Length ? First[i] : $"output{i}");
            }
        }

        return [.. names];
    }

    private static void Add(TreeDef node, string name, List<string> names)
    {
        if (node.Kind == TreeKind.Leaf)
        {
            names.Add(name);
            return;
        }

        for (var i = 0; i < node.Children.Length; i++)
        {
            var key = i < node.Keys.Length ? node.Keys[i] : $"{i}";
            Add(node.Children[i], name.Length == 0 ? key : $"{name}.{key}", names);
        }
    }
}
