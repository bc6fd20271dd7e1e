using Torch2Jax.Arrays;
using Torch2Jax.Client;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>What a call's arguments are expected to be: the function's own, rearranged by the transforms around it.</summary>
/// <param name="Positional">One an argument; more may come.</param>
/// <param name="OfKeyword">By name.</param>
internal sealed record ExpectedArguments(IReadOnlyList<Expected> Positional, Func<string, Expected> OfKeyword)
{
    /// <summary>Nothing is known.</summary>
    public static ExpectedArguments Nothing { get; } = new([], _ => Expected.Nothing);

    public static ExpectedArguments Of(FunctionSummary function, IReadOnlyList<Transform>? transforms = null)
    {
        var types = FunctionTypes.OfSignature(function.Signature);
        var own = Own(types, function.ExampleArgs);
        var outputs = Expected.Of(types.Returns, function.OutputShapes?.Map<IArgumentLeaf>(leaf => leaf));
        return new ExpectedArguments(
            (transforms ?? []).Aggregate(own, (inner, transform) => Around(transform, inner, outputs)),
            name => Expected.Of(types.Of(name), function.ExampleKwargs?.GetValueOrDefault(name))
        );
    }

    public static ExpectedArguments OfSource(string? source, string? entry)
    {
        var types = source is null ? FunctionTypes.Unknown : FunctionTypes.OfSource(source, entry);
        return new ExpectedArguments(Own(types, null), name => Expected.Of(types.Of(name), null));
    }

    public Expected At(int position) => position < Positional.Count ? Positional[position] : Expected.Nothing;

    private static Expected[] Own(FunctionTypes types, IReadOnlyList<PyTree<IArgumentLeaf>>? examples)
    {
        var own = new Expected[Math.Max(types.Parameters.Count, examples?.Count ?? 0)];
        for (var i = 0; i < own.Length; i++)
        {
            own[i] = Expected.Of(
                i < types.Parameters.Count ? types.Parameters[i].Value : null,
                i < examples?.Count ? examples[i] : null
            );
        }

        return own;
    }

    private static Expected[] Around(Transform transform, Expected[] inner, Expected outputs) =>
        transform switch
        {
            Vjp => [Expected.Tuple(inner), outputs],
            Jvp => [Expected.Tuple(inner), Expected.Tuple(inner)],
            _ => inner,
        };
}
