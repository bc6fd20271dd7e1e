using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Arguments fitted to a function's schema.</summary>
/// <param name="Code">Structure code in schema order, static values included (t2j.h).</param>
/// <param name="Leaves">Arrays or shapes: the positional arguments' in flatten order, then the keywords' sorted by name.</param>
/// <param name="InTree">The structure without static arguments; <c>((args), {kwargs})</c> where keywords were given.</param>
/// <param name="ShapeKey">The leaves as text: <c>float32[10, 5], int64[10]</c>.</param>
/// <param name="Arguments">The arguments that were given, positional ones first, then keywords sorted by name.</param>
public sealed record BoundArguments(
    string Code,
    IReadOnlyList<IArgumentLeaf> Leaves,
    TreeDef InTree,
    string ShapeKey,
    IReadOnlyList<BoundArgument> Arguments
);

/// <summary>One argument as it was given.</summary>
/// <param name="Position">Its place among the positional arguments; -1 for a keyword.</param>
/// <param name="Name">Its name in the schema.</param>
/// <param name="Structure">Its tree of arrays; static values have none, so they are None in it.</param>
/// <param name="IsStatic">Whether it is a static value as a whole.</param>
/// <param name="FirstLeaf">The place of its first leaf in <see cref="BoundArguments.Leaves"/>.</param>
/// <param name="LeafCount">How many leaves it has.</param>
public sealed record BoundArgument(
    int Position,
    string Name,
    TreeDef Structure,
    bool IsStatic,
    int FirstLeaf,
    int LeafCount
);
