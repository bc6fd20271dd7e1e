using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Stored;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Finds what a call's references stand for, each once, and puts it in their places.</summary>
internal sealed class ReferenceResolver(StoredArrays arrays)
{
    /// <summary>Whether a call has any reference.</summary>
    public static bool HasReferences(
        IReadOnlyList<PyTree<IArgumentLeaf>>? args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        for (var i = 0; i < args?.Count; i++)
        {
            if (References.AreIn(args[i]))
            {
                return true;
            }
        }

        return kwargs is { Count: > 0 } && kwargs.Values.Any(References.AreIn);
    }

    /// <summary>With the arrays, which are held until the leases are disposed of.</summary>
    public async ValueTask<(Arguments Arguments, IReadOnlyCollection<ArrayLease> Held)> ResolveAsync(
        Arguments given,
        CancellationToken cancellationToken
    )
    {
        var held = new Dictionary<ArrayReference, ArrayLease>();
        try
        {
            foreach (var (reference, path) in given.References())
            {
                if (!held.ContainsKey(reference))
                {
                    held[reference] = await At(path, () => arrays.GetAsync(reference, cancellationToken))
                        .ConfigureAwait(false);
                }
            }

            return (given.Replace(held.ToDictionary(one => one.Key, one => one.Value.Leaves)), held.Values);
        }
        catch
        {
            foreach (var lease in held.Values)
            {
                lease.Dispose();
            }

            throw;
        }
    }

    /// <summary>With shapes alone; nothing is read but what is known of a name.</summary>
    public async ValueTask<Arguments> ResolveShapesAsync(Arguments given, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ArrayReference, PyTree<IArgumentLeaf>>();
        foreach (var (reference, path) in given.References())
        {
            if (!found.ContainsKey(reference))
            {
                var array = await At(path, () => arrays.FindAsync(reference, cancellationToken)).ConfigureAwait(false);
                found[reference] = array.Shapes.Map(shape => (IArgumentLeaf)shape);
            }
        }

        return given.Replace(found);
    }

    private static async ValueTask<T> At<T>(string path, Func<ValueTask<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Path is null)
        {
            throw new EngineException(error.Code, error.Message, path, error);
        }
    }

    /// <summary>Arguments by position and by name.</summary>
    public readonly record struct Arguments(
        IReadOnlyList<PyTree<IArgumentLeaf>>? Args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs
    )
    {
        /// <summary>Each reference with the place where it stands.</summary>
        public IEnumerable<(ArrayReference Reference, string Path)> References()
        {
            var trees = (Args ?? [])
                .Select((tree, i) => (Path: ArgumentPath.Positional(i), Tree: tree))
                .Concat((Kwargs ?? Nothing).Select(one => (Path: ArgumentPath.Keyword(one.Key), Tree: one.Value)));
            return trees.SelectMany(one => InTree(one.Tree, one.Path));
        }

        /// <summary>The same with trees in the place of references.</summary>
        public Arguments Replace(IReadOnlyDictionary<ArrayReference, PyTree<IArgumentLeaf>> found) =>
            new(
                Args is null ? null : [.. Args.Select(tree => Stored.References.Replace(tree, found))],
                Kwargs?.ToDictionary(
                    one => one.Key,
                    one => Stored.References.Replace(one.Value, found),
                    StringComparer.Ordinal
                )
            );

        private static Dictionary<string, PyTree<IArgumentLeaf>> Nothing => [];

        private static IEnumerable<(ArrayReference, string)> InTree(PyTree<IArgumentLeaf> tree, string path)
        {
            if (!Stored.References.AreIn(tree))
            {
                yield break;
            }

            if (tree.Structure.Kind == TreeKind.Leaf)
            {
                yield return ((ArrayReference)tree.LeafSpan[0], path);
                yield break;
            }

            for (var i = 0; i < tree.Children.Count; i++)
            {
                var place = new StringBuilder(path);
                if (i < tree.Structure.Keys.Length)
                {
                    ArgumentPath.AppendKey(place, tree.Structure.Keys[i]);
                }
                else
                {
                    ArgumentPath.AppendIndex(place, i);
                }

                foreach (var found in InTree(tree.Children[i], place.ToString()))
                {
                    yield return found;
                }
            }
        }
    }
}
