using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>The arguments of a program at one level of a plan.</summary>
/// <param name="Args">The positional ones.</param>
/// <param name="Kwargs">Keyword arguments in the order of their names; they reach the function whatever is around it.</param>
internal sealed record LevelArguments(
    IReadOnlyList<PyTree<LevelLeaf>> Args,
    IReadOnlyList<KeyValuePair<string, PyTree<LevelLeaf>>> Kwargs
)
{
    public static LevelArguments Of(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    ) =>
        new(
            [.. args.Select(tree => tree.Map(LevelLeaf.Of))],
            [
                .. (kwargs ?? new Dictionary<string, PyTree<IArgumentLeaf>>())
                    .OrderBy(item => item.Key, CodePointComparer.Instance)
                    .Select(item => KeyValuePair.Create(item.Key, item.Value.Map(LevelLeaf.Of))),
            ]
        );

    /// <summary>All inputs in flatten order: positional, then keywords.</summary>
    public IEnumerable<LevelLeaf> Inputs =>
        Args.Concat(Kwargs.Select(item => item.Value))
            .SelectMany(tree => tree.Leaves)
            .Where(leaf => leaf.Input is not null);

    /// <summary>The items of an argument that must be a tuple (or a list) of arguments.</summary>
    public IReadOnlyList<PyTree<LevelLeaf>> Sequence(int position, string transform, string what)
    {
        var argument = Args[position];
        return argument.Structure.Kind is TreeKind.Tuple or TreeKind.List
            ? argument.Children
            : throw new EngineException(
                ErrorCode.StructureMismatch,
                $"{transform} takes {what} as a tuple with one entry an argument of the function, but argument {position} is {argument.Structure}.",
                $"args[{position}]"
            );
    }

    /// <summary>The same arguments over other leaves.</summary>
    public LevelArguments Map(Func<LevelLeaf, LevelLeaf> function) =>
        new(
            [.. Args.Select(tree => tree.Map(function))],
            [.. Kwargs.Select(item => KeyValuePair.Create(item.Key, item.Value.Map(function)))]
        );
}
