using System.Collections.Immutable;

namespace Torch2Jax.Trees;

/// <summary>JAX's texts about trees that do not fit (<c>jax.tree_util._prefix_error</c>).</summary>
/// <param name="name">What the texts call the prefix.</param>
/// <param name="leafType">What the texts call the type of a leaf of the full tree.</param>
internal sealed class PrefixMismatch(string name, string leafType)
{
    /// <summary>The first mismatch; null where there is none.</summary>
    public string? Find(TreeDef prefix, TreeDef full, string path)
    {
        if (prefix.Kind == TreeKind.Leaf)
        {
            return null;
        }

        if (prefix.Kind != full.Kind || prefix.Name != full.Name)
        {
            return DifferentTypes(prefix, full, path);
        }

        if (prefix.Children.Length != full.Children.Length)
        {
            return prefix.Kind is TreeKind.Dict or TreeKind.OrderedDict
                ? DifferentKeys(prefix, full, path)
                : DifferentLengths(prefix, full, path);
        }

        if (!prefix.Keys.AsSpan().SequenceEqual(full.Keys.AsSpan()))
        {
            return DifferentMetadata(prefix, full, path);
        }

        for (var i = 0; i < prefix.Children.Length; i++)
        {
            if (Find(prefix.Children[i], full.Children[i], path + TreeText.ChildKey(prefix, i)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private string DifferentTypes(TreeDef prefix, TreeDef full, string path) =>
        $"pytree structure error: different types at key path\n    {name}{path}\n"
        + $"At that key path, the prefix pytree {name} has a subtree of type\n    {TypeText(prefix)}\n"
        + $"but at the same key path the full pytree has a subtree of different type\n    {TypeText(full)}.";

    private string DifferentLengths(TreeDef prefix, TreeDef full, string path)
    {
        var type = TypeName(prefix);
        return $"pytree structure error: different lengths of {type} at key path\n    {name}{path}\n"
            + $"At that key path, the prefix pytree {name} has a subtree of type {type} of length "
            + $"{prefix.Children.Length}, but the full pytree has a subtree of the same type but of length "
            + $"{full.Children.Length}.";
    }

    private string DifferentKeys(TreeDef prefix, TreeDef full, string path)
    {
        // Python's order of a set is arbitrary; here it is the order of the keys.
        var difference = prefix.Keys.Except(full.Keys).Union(full.Keys.Except(prefix.Keys)).ToList();
        difference.Sort(CodePointComparer.Instance);
        return $"pytree structure error: different numbers of pytree children at key path\n    {name}{path}\n"
            + $"At that key path, the prefix pytree {name} has a subtree of type\n    {TypeText(prefix)}\n"
            + $"with {prefix.Children.Length} child keys\n    {string.Join(' ', prefix.Keys)}\n"
            + "but at the same key path the full pytree has a subtree of the same type but with "
            + $"{full.Children.Length} child keys\n    {string.Join(' ', full.Keys)}\n"
            + $"so the symmetric difference on key sets is\n    {string.Join(' ', difference)}";
    }

    private string DifferentMetadata(TreeDef prefix, TreeDef full, string path)
    {
        var (given, expected) = (Metadata(prefix.Keys), Metadata(full.Keys));
        var difference = LineDiff.Of(given, expected).Select(line => line.Length == 0 ? line : "    " + line);
        return $"pytree structure error: different pytree metadata at key path\n    {name}{path}\n"
            + $"At that key path, the prefix pytree {name} has a subtree of type\n    {TypeText(prefix)}\n"
            + $"with metadata\n    {given}\n"
            + "but at the same key path the full pytree has a subtree of the same type but with metadata\n"
            + $"    {expected}\n"
            + $"so the diff in the metadata at these pytree nodes is\n{string.Join('\n', difference)}";
    }

    private static string Metadata(ImmutableArray<string> keys) => PythonText.TupleRepr(keys);

    private string TypeText(TreeDef tree) =>
        tree.Kind switch
        {
            TreeKind.Leaf => leafType,
            TreeKind.OrderedDict => "<class 'collections.OrderedDict'>",
            TreeKind.NamedTuple => $"<class '__main__.{tree.Name}'>",
            _ => $"<class '{TypeName(tree)}'>",
        };

    private static string TypeName(TreeDef tree) =>
        tree.Kind switch
        {
            TreeKind.None => "NoneType",
            TreeKind.Tuple => "tuple",
            TreeKind.List => "list",
            TreeKind.Dict => "dict",
            _ => tree.Name ?? tree.Kind.ToString(),
        };
}
