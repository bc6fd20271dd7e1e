using Torch2Jax.Errors;

namespace Torch2Jax.Trees;

/// <summary>A tree: its structure, and its leaves in flatten order.</summary>
/// <typeparam name="T">What the leaves are.</typeparam>
public sealed class PyTree<T>
{
    private readonly T[] leaves;
    private readonly int firstLeaf;
    private PyTree<T>[]? children;

    /// <summary>Builds a tree from its structure and its leaves (unflatten).</summary>
    /// <exception cref="EngineException">StructureMismatch, with JAX's text, where their number is wrong.</exception>
    public PyTree(TreeDef structure, params IReadOnlyList<T> leaves)
        : this(structure, [.. leaves], 0)
    {
        if (leaves.Count != structure.LeafCount)
        {
            var wrong = leaves.Count < structure.LeafCount ? "few" : "many";
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"Too {wrong} leaves for PyTreeDef; expected {structure.LeafCount}, got {leaves.Count}"
            );
        }
    }

    // A subtree shares the leaves of the tree it comes from.
    private PyTree(TreeDef structure, T[] leaves, int firstLeaf)
    {
        Structure = structure;
        this.leaves = leaves;
        this.firstLeaf = firstLeaf;
    }

    /// <summary>The structure.</summary>
    public TreeDef Structure { get; }

    /// <summary>The leaves in flatten order.</summary>
    public IReadOnlyList<T> Leaves =>
        leaves.Length == Structure.LeafCount ? leaves : new ArraySegment<T>(leaves, firstLeaf, Structure.LeafCount);

    /// <summary>The leaves in flatten order, without an enumerator.</summary>
    public ReadOnlySpan<T> LeafSpan => leaves.AsSpan(firstLeaf, Structure.LeafCount);

    /// <summary>The subtrees of the root in flatten order.</summary>
    public IReadOnlyList<PyTree<T>> Children => children ??= MakeChildren();

    /// <summary>The subtree at a position.</summary>
    public PyTree<T> this[int index] => Children[index];

    /// <summary>The subtree of a dict's key or a named tuple's field.</summary>
    /// <exception cref="KeyNotFoundException">The root has no such key.</exception>
    public PyTree<T> this[string key] =>
        Structure.Keys.IndexOf(key) is var index and >= 0
            ? Children[index]
            : throw new KeyNotFoundException($"{Structure} has no key {PythonText.Repr(key)}.");

    /// <summary>The same tree over other leaves.</summary>
    public PyTree<TOut> Map<TOut>(Func<T, TOut> function)
    {
        var mapped = new TOut[Structure.LeafCount];
        for (var i = 0; i < mapped.Length; i++)
        {
            mapped[i] = function(leaves[firstLeaf + i]);
        }

        return new PyTree<TOut>(Structure, mapped);
    }

    private PyTree<T>[] MakeChildren()
    {
        var made = new PyTree<T>[Structure.Children.Length];
        var next = firstLeaf;
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new PyTree<T>(Structure.Children[i], leaves, next);
            next += Structure.Children[i].LeafCount;
        }

        return made;
    }
}
