namespace Torch2Jax.Trees;

/// <summary>What a node of a tree is.</summary>
public enum TreeKind
{
    /// <summary>One leaf.</summary>
    Leaf,

    /// <summary>None: an empty tree.</summary>
    None,

    /// <summary>A tuple.</summary>
    Tuple,

    /// <summary>A list.</summary>
    List,

    /// <summary>A dict; its keys are sorted by code point.</summary>
    Dict,

    /// <summary>A named tuple.</summary>
    NamedTuple,

    /// <summary>A dict whose order of keys counts.</summary>
    OrderedDict,
}
