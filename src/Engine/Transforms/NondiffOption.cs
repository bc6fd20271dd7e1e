using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Arguments of a function whose gradients are zeros: by position, or by one boolean prefix tree an argument.</summary>
/// <param name="Argnums">Positions, static arguments counted, negative ones from the end; null where a mask is given.</param>
/// <param name="Mask">One tree an argument, true where the derivative stops; null where positions are given.</param>
public sealed record NondiffOption(IReadOnlyList<int>? Argnums, IReadOnlyList<PyTree<bool>>? Mask)
{
    /// <summary>The numbers of the function's leaves at which the derivative stops.</summary>
    /// <exception cref="EngineException">InvalidTransform where the option does not fit the arguments.</exception>
    internal IReadOnlyList<int> Leaves(LevelArguments function)
    {
        var stopped = new List<int>();
        for (var i = 0; i < function.Args.Count; i++)
        {
            var argument = function.Args[i];
            var mask = MaskOf(i, argument.Structure, function.Args.Count);
            for (var k = 0; k < mask.Count; k++)
            {
                if (mask[k] && argument.Leaves[k].Input is { } input)
                {
                    stopped.Add(input.Number);
                }
            }
        }

        return stopped;
    }

    private IReadOnlyList<bool> MaskOf(int position, TreeDef argument, int count)
    {
        if (Argnums is not null)
        {
            var named = Argnums.Any(n => (n < 0 ? n + count : n) == position);
            return Enumerable.Repeat(named, argument.LeafCount).ToArray();
        }

        if (Mask is null)
        {
            return [];
        }

        if (Mask.Count != count)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                $"nondiffMask has {Mask.Count} entries, but the function was given {count} arguments; give one tree of booleans for each.",
                "nondiffMask"
            );
        }

        try
        {
            return PrefixTree.Broadcast(Mask[position], argument, $"nondiffMask[{position}]");
        }
        catch (EngineException error)
        {
            throw new EngineException(ErrorCode.InvalidTransform, error.Message, $"nondiffMask[{position}]", error);
        }
    }
}
