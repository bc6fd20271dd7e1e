using System.Collections.Immutable;

namespace Torch2Jax.Trees;

/// <summary>The structure of a tree without its leaves; equal structures are equal, and print as JAX prints them.</summary>
public sealed class TreeDef : IEquatable<TreeDef>
{
    private readonly int hash;
    private string? text;

    private TreeDef(
        TreeKind kind,
        ImmutableArray<TreeDef> children,
        ImmutableArray<string> keys = default,
        string? name = null
    )
    {
        Kind = kind;
        Children = children;
        Keys = keys.IsDefault ? [] : keys;
        Name = name;
        LeafCount = kind == TreeKind.Leaf ? 1 : 0;
        NodeCount = 1;
        var code = new HashCode();
        code.Add(kind);
        code.Add(name);
        foreach (var key in Keys)
        {
            code.Add(key, StringComparer.Ordinal);
        }

        foreach (var child in children)
        {
            LeafCount = checked(LeafCount + child.LeafCount);
            NodeCount = checked(NodeCount + child.NodeCount);
            code.Add(child.hash);
        }

        hash = code.ToHashCode();
    }

    /// <summary>One leaf.</summary>
    public static TreeDef Leaf { get; } = new(TreeKind.Leaf, []);

    /// <summary>None: a tree without leaves.</summary>
    public static TreeDef None { get; } = new(TreeKind.None, []);

    /// <summary>What the root is.</summary>
    public TreeKind Kind { get; }

    /// <summary>The subtrees in flatten order.</summary>
    public ImmutableArray<TreeDef> Children { get; }

    /// <summary>The keys of a dict or an ordered dict, the fields of a named tuple; one a child.</summary>
    public ImmutableArray<string> Keys { get; }

    /// <summary>The name of a named tuple's type.</summary>
    public string? Name { get; }

    /// <summary>Number of leaves.</summary>
    public int LeafCount { get; }

    /// <summary>Number of nodes, leaves counted.</summary>
    public int NodeCount { get; }

    /// <summary>A tuple.</summary>
    public static TreeDef Tuple(params IReadOnlyList<TreeDef> children) => new(TreeKind.Tuple, [.. children]);

    /// <summary>A list.</summary>
    public static TreeDef List(params IReadOnlyList<TreeDef> children) => new(TreeKind.List, [.. children]);

    /// <summary>A dict; keys (unique) and their children in any order.</summary>
    public static TreeDef Dict(IReadOnlyList<string> keys, IReadOnlyList<TreeDef> children)
    {
        var order = KeyOrder.Of(keys);
        return new(TreeKind.Dict, KeyOrder.Apply(order, Paired(keys, children)), KeyOrder.Apply(order, keys));
    }

    /// <summary>A named tuple.</summary>
    public static TreeDef NamedTuple(string name, IReadOnlyList<string> fields, IReadOnlyList<TreeDef> children) =>
        new(TreeKind.NamedTuple, [.. Paired(fields, children)], [.. fields], name);

    /// <summary>A dict whose order of keys counts.</summary>
    public static TreeDef OrderedDict(IReadOnlyList<string> keys, IReadOnlyList<TreeDef> children) =>
        new(TreeKind.OrderedDict, [.. Paired(keys, children)], [.. keys]);

    /// <summary>The place of each leaf as <c>jax.tree_util.keystr</c> prints it: <c>['params'][0].x</c>.</summary>
    public IReadOnlyList<string> KeyPaths()
    {
        var paths = new List<string>(LeafCount);
        TreeText.AddKeyPaths(this, "", paths);
        return paths;
    }

    /// <inheritdoc/>
    public bool Equals(TreeDef? other) =>
        ReferenceEquals(this, other)
        || (
            other is not null
            && hash == other.hash
            && Kind == other.Kind
            && Name == other.Name
            && Keys.AsSpan().SequenceEqual(other.Keys.AsSpan())
            && Children.AsSpan().SequenceEqual(other.Children.AsSpan())
        );

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TreeDef);

    /// <inheritdoc/>
    public override int GetHashCode() => hash;

    /// <summary>JAX's text, such as <c>PyTreeDef((*, {'a': *}))</c>.</summary>
    public override string ToString() => text ??= TreeText.Of(this);

    private static IReadOnlyList<TreeDef> Paired(IReadOnlyList<string> keys, IReadOnlyList<TreeDef> children) =>
        keys.Count == children.Count
            ? children
            : throw new ArgumentException($"{keys.Count} keys, but {children.Count} children.", nameof(children));
}
