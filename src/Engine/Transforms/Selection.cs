using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>The leaves that a derivative is taken with respect to, and the tree that the derivatives come in.</summary>
/// <param name="Tree">One leaf for each of them; null in the place of the others.</param>
/// <param name="Leaves">They themselves, in the order of that tree.</param>
internal sealed record Selection(TreeDef Tree, ImmutableArray<LevelLeaf> Leaves)
{
    /// <summary>Their numbers as a line of the native code lists them.</summary>
    public string Numbers => string.Join(',', Leaves.Select(leaf => leaf.Input!.Number));

    /// <summary>Every differentiable leaf of the arguments, as a tuple with one entry an argument.</summary>
    public static Selection OfAll(IReadOnlyList<PyTree<LevelLeaf>> arguments) =>
        new(
            TreeDef.Tuple([.. arguments.Select(Project)]),
            [.. arguments.SelectMany(tree => tree.Leaves).Where(leaf => leaf.IsDifferentiable)]
        );

    /// <summary>The leaves of the arguments that argnums name.</summary>
    /// <param name="argnums">The positions.</param>
    /// <param name="arguments">All arguments.</param>
    /// <param name="context">For errors.</param>
    /// <param name="name">What errors call the transform.</param>
    /// <param name="complexWay">What differentiates functions of complex inputs.</param>
    public static Selection OfArgnums(
        Argnums argnums,
        LevelArguments arguments,
        PeelContext context,
        string name,
        string complexWay
    )
    {
        var positions = Resolve(argnums, arguments.Args.Count, $"{context.Path}.argnums");
        foreach (var position in positions)
        {
            Check(arguments.Args[position], position, context, name, complexWay);
        }

        var trees = positions.Select(position => arguments.Args[position]).ToArray();
        var all = OfAll(trees);
        return argnums.IsSingle ? all with { Tree = all.Tree.Children[0] } : all;
    }

    private static int[] Resolve(Argnums argnums, int count, string path)
    {
        var positions = new int[argnums.Positions.Length];
        for (var i = 0; i < positions.Length; i++)
        {
            var given = argnums.Positions[i];
            positions[i] = given < 0 ? given + count : given;
            if (positions[i] < 0 || positions[i] >= count)
            {
                throw new EngineException(
                    ErrorCode.InvalidTransform,
                    $"argnums {given} names no argument: {count} positional arguments were given, so positions are {-count} to {count - 1}.",
                    path
                );
            }
        }

        return positions.Distinct().Count() == positions.Length
            ? positions
            : throw new EngineException(
                ErrorCode.InvalidTransform,
                $"argnums {argnums} names an argument twice.",
                path
            );
    }

    private static void Check(
        PyTree<LevelLeaf> argument,
        int position,
        PeelContext context,
        string name,
        string complexWay
    )
    {
        var path = $"{context.Path}.argnums";
        foreach (var (leaf, key) in argument.Leaves.Zip(argument.Structure.KeyPaths()))
        {
            if (leaf.Aval is { } aval && aval.Dtype.IsComplex())
            {
                throw new EngineException(
                    ErrorCode.NotDifferentiable,
                    $"{name} requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but got "
                        + $"{aval.Dtype.Name()} at {context.Argument(position)}{key}. For differentiation of "
                        + $"non-holomorphic functions involving complex inputs, use {complexWay} directly.",
                    path
                );
            }
        }

        if (argument.Leaves.Any(leaf => leaf.IsDifferentiable))
        {
            return;
        }

        var what =
            argument.Leaves.Count == 0 ? "holds no array"
            : argument.Leaves.All(leaf => leaf.Aval is null) ? "is a static value"
            : $"holds {string.Join(", ", argument.Leaves.Select(leaf => leaf.Describe()).Distinct())} alone";
        throw new EngineException(
            ErrorCode.NotDifferentiable,
            $"{name} requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but "
                + $"{context.Argument(position)} {what}. Floating leaves (float16, bfloat16, float32, float64) can be differentiated.",
            path
        );
    }

    // A static value made of several (a list of ints) is null as a whole.
    private static TreeDef Project(PyTree<LevelLeaf> tree)
    {
        if (tree.Leaves.Count > 0 && tree.Leaves.All(leaf => leaf.Input is null))
        {
            return TreeDef.None;
        }

        return TreeSubstitution.Replace(
            tree.Structure,
            i => tree.Leaves[i].IsDifferentiable ? TreeDef.Leaf : TreeDef.None
        );
    }
}
