using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>What binding found for one structure of arguments; the arrays themselves are not in it.</summary>
/// <param name="Args">Structures of the positional arguments.</param>
/// <param name="Kwargs">Names and structures of the keywords, sorted by name; null where none could be given.</param>
/// <param name="Result">The bound arguments with the leaves of the call that made this entry taken out.</param>
internal sealed record CachedBinding(TreeDef[] Args, KeyValuePair<string, TreeDef>[]? Kwargs, BoundArguments Result);

/// <summary>
/// The last few structures a function was called with, so that a repeated call only collects its leaves. Calls with static
/// values are not kept, since their values are part of the code.
/// </summary>
internal sealed class BindingCache
{
    private const int Capacity = 8;
    private CachedBinding[] entries = [];

    /// <summary>Binds like an earlier call of the same structure; null where there was none.</summary>
    public BoundArguments? Find(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        foreach (CachedBinding entry in Volatile.Read(ref entries))
        {
            if (Matches(entry, args, kwargs))
            {
                return Collect(entry, args, kwargs);
            }
        }
        return null;
    }

    /// <summary>Keeps a binding without static leaves; the newest comes first, and of two writers one may lose.</summary>
    public void Add(CachedBinding entry)
    {
        CachedBinding[] old = Volatile.Read(ref entries);
        Volatile.Write(ref entries, [entry, .. old.AsSpan(0, Math.Min(old.Length, Capacity - 1))]);
    }

    private static bool Matches(
        CachedBinding entry,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        if (entry.Args.Length != args.Count || entry.Kwargs?.Length != kwargs?.Count)
        {
            return false;
        }
        for (int i = 0; i < entry.Args.Length; i++)
        {
            if (!entry.Args[i].Equals(args[i].Structure))
            {
                return false;
            }
        }
        foreach ((string name, TreeDef structure) in entry.Kwargs.AsSpan())
        {
            if (!kwargs!.TryGetValue(name, out PyTree<IArgumentLeaf>? tree) || !structure.Equals(tree.Structure))
            {
                return false;
            }
        }
        return true;
    }

    private static BoundArguments? Collect(
        CachedBinding entry,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        var leaves = new IArgumentLeaf[entry.Result.InTree.LeafCount];
        int next = 0;
        for (int i = 0; i < entry.Args.Length; i++)
        {
            args[i].LeafSpan.CopyTo(leaves.AsSpan(next));
            next += entry.Args[i].LeafCount;
        }
        foreach ((string name, TreeDef structure) in entry.Kwargs.AsSpan())
        {
            kwargs![name].LeafSpan.CopyTo(leaves.AsSpan(next));
            next += structure.LeafCount;
        }
        foreach (IArgumentLeaf leaf in leaves)
        {
            if (leaf is StaticValue)
            {
                return null; // the same structure, but a value where the other call had an array
            }
        }
        BoundArguments found = entry.Result;
        return new BoundArguments(found.Code, leaves, found.InTree, ShapeKey.Of(leaves), found.Arguments);
    }
}
