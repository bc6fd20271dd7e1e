using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Checks of tangents and cotangents against the leaves that they belong to.</summary>
internal static class TangentTree
{
    /// <summary>
    /// Whether a tree of tangents has the structure expected. Where a subtree has no differentiable leaf, null for the
    /// whole of it does as well.
    /// </summary>
    public static bool Fits(TreeDef given, TreeDef expected)
    {
        if (given.Kind == TreeKind.None && expected.LeafCount == 0)
        {
            return true;
        }

        if (!SameNode(given, expected))
        {
            return false;
        }

        for (var i = 0; i < given.Children.Length; i++)
        {
            if (!Fits(given.Children[i], expected.Children[i]))
            {
                return false;
            }
        }

        return true;
    }

    // No request can say a named tuple: they come out as tuples, and go in as such.
    private static bool SameNode(TreeDef given, TreeDef expected) =>
        given.Children.Length == expected.Children.Length
        && (
            (given.Kind == TreeKind.Tuple && expected.Kind == TreeKind.NamedTuple)
            || (given.Kind == expected.Kind && given.Keys.AsSpan().SequenceEqual(expected.Keys.AsSpan()))
        );

    /// <summary>Throws where a leaf is a static value: tangents and cotangents are arrays or null.</summary>
    public static void RequireArrays(PyTree<LevelLeaf> tree, string what, string path)
    {
        foreach (var (leaf, key) in tree.Leaves.Zip(tree.Structure.KeyPaths()))
        {
            if (leaf.Input is null)
            {
                throw new EngineException(
                    ErrorCode.StructureMismatch,
                    $"The {what} at {path}{key} is a plain value; give an array with the dtype and shape of its leaf, "
                        + "or null where there is nothing to differentiate.",
                    path + key
                );
            }
        }
    }

    /// <summary>Checks tangents against the primals.</summary>
    /// <param name="primals">One tree an argument.</param>
    /// <param name="tangents">The same.</param>
    /// <param name="selection">The differentiable leaves of the primals.</param>
    public static void CheckTangents(
        IReadOnlyList<PyTree<LevelLeaf>> primals,
        IReadOnlyList<PyTree<LevelLeaf>> tangents,
        Selection selection
    )
    {
        var given = TreeDef.Tuple([.. tangents.Select(tree => tree.Structure)]);
        if (!Fits(given, selection.Tree))
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                "primal and tangent arguments to jax.jvp must have the same tree structure (null in the place of static "
                    + "values, integer and bool leaves); "
                    + $"primals have tree structure {TreeDef.Tuple([.. primals.Select(tree => tree.Structure)])} "
                    + $"whereas tangents have tree structure {given}; expected {selection.Tree}.",
                "args[1]"
            );
        }

        var paths = given.KeyPaths();
        var leaves = tangents.SelectMany(tree => tree.Leaves).ToArray();
        for (var i = 0; i < leaves.Length; i++)
        {
            CheckTangent(leaves[i], selection.Leaves[i].Aval!, $"args[1]{paths[i]}");
        }
    }

    private static void CheckTangent(LevelLeaf given, ShapeDtypeStruct primal, string path)
    {
        if (given.Aval is not { } tangent)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"The tangent at {path} is a plain value; expected {primal}, the type of its primal.",
                path
            );
        }

        if (tangent.Dtype != primal.Dtype)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                "primal and tangent arguments to jax.jvp do not match; dtypes must be equal, or in case of int/bool primal "
                    + $"dtype the tangent must be null. Got primal dtype {primal.Dtype.Name()} and so expected tangent dtype "
                    + $"{primal.Dtype.Name()}, but got tangent dtype {tangent.Dtype.Name()} instead.",
                path
            );
        }

        if (!tangent.Shape.AsSpan().SequenceEqual(primal.Shape.AsSpan()))
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                $"jvp called with different primal and tangent shapes; Got primal shape {JaxText.Tuple(primal.Shape)} "
                    + $"and tangent shape as {JaxText.Tuple(tangent.Shape)}",
                path
            );
        }
    }
}
