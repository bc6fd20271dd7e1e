using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>The structure that a function's example fixed; every later call has it, whatever transforms are around.</summary>
/// <param name="inTree">The structure without static arguments.</param>
/// <param name="shapeKey">The example's shapes.</param>
/// <param name="hasKwargs">Whether the example had keyword arguments; without them calls take none.</param>
internal sealed class ExpectedInput(TreeDef inTree, string shapeKey, bool hasKwargs)
{
    private static readonly Dictionary<string, PyTree<IArgumentLeaf>> NoKwargs = [];

    /// <summary>The structure without static arguments.</summary>
    public TreeDef InTree => inTree;

    /// <summary>The example's shapes.</summary>
    public string ShapeKey => shapeKey;

    /// <summary>
    /// Keyword arguments as the example has them: an empty dict where it had some and the call has none; an error where it
    /// had none and the call has some.
    /// </summary>
    public IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs(
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        if (hasKwargs)
        {
            return kwargs ?? NoKwargs;
        }

        return kwargs is null or { Count: 0 }
            ? null
            : throw new EngineException(
                ErrorCode.UnexpectedKeywordArguments,
                "Keyword arguments not expected!",
                "kwargs"
            );
    }

    /// <summary>Refuses arguments of another structure, in the reference package's words.</summary>
    /// <param name="schema">What the function declares; its static arguments are not part of the structure.</param>
    /// <param name="args">The function's own positional arguments.</param>
    /// <param name="kwargs">Its keyword arguments as <see cref="Kwargs"/> gave them.</param>
    public void Check(
        FunctionSchema schema,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        if (!StructureOf(schema, args, kwargs).Equals(inTree))
        {
            throw Mismatch(args, kwargs);
        }
    }

    /// <summary>The error for arguments of another structure.</summary>
    public EngineException Mismatch(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        var provided = hasKwargs
            ? $"(args, kw) =\n{ArgumentsText.Of(args, kwargs ?? NoKwargs)}"
            : $"args =\n{ArgumentsText.Of(args)}";
        return new EngineException(
            ErrorCode.StructureMismatch,
            $"Provided {provided} do not match the torch2jax function's expected input structure =\n{inTree}",
            "args"
        );
    }

    private static TreeDef StructureOf(
        FunctionSchema schema,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        var positional = TreeDef.Tuple([.. args.Where((_, i) => !IsStatic(schema, i)).Select(WithoutStatics)]);
        if (kwargs is null)
        {
            return positional;
        }

        var named = kwargs.Where(k => !IsStatic(schema, schema.IndexOf(k.Key))).ToArray();
        return TreeDef.Tuple(
            positional,
            TreeDef.Dict([.. named.Select(k => k.Key)], [.. named.Select(k => WithoutStatics(k.Value))])
        );
    }

    private static bool IsStatic(FunctionSchema schema, int argument) =>
        argument >= 0 && argument < schema.Arguments.Length && schema.Arguments[argument].Type.IsStatic;

    private static TreeDef WithoutStatics(PyTree<IArgumentLeaf> tree)
    {
        if (!tree.Leaves.Any(leaf => leaf is StaticValue))
        {
            return tree.Structure;
        }

        var children = tree.Children.Select(WithoutStatics).ToArray();
        return tree.Structure.Kind switch
        {
            TreeKind.Leaf => TreeDef.None,
            TreeKind.Tuple => TreeDef.Tuple(children),
            TreeKind.List => TreeDef.List(children),
            TreeKind.Dict => TreeDef.Dict(tree.Structure.Keys, children),
            TreeKind.NamedTuple => TreeDef.NamedTuple(tree.Structure.Name!, tree.Structure.Keys, children),
            _ => TreeDef.OrderedDict(tree.Structure.Keys, children),
        };
    }
}
