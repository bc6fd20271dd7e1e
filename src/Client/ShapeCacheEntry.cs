using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>One entry of a function's shape cache.</summary>
/// <param name="Function"><c>name@version</c>.</param>
/// <param name="Program">The program's text: structure of the arguments (statics included) and transforms.</param>
/// <param name="InTree">JAX's text of the function's own arguments.</param>
/// <param name="ShapeKey"><c>float32[10, 5], int64[10]</c>.</param>
/// <param name="OutputShapes">The outputs' tree of shapes.</param>
/// <param name="Dynamic">Whether the output shapes depend on data: those above are then only what came out last.</param>
/// <param name="Device">The kind of device.</param>
/// <param name="Hits">How often it was used.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="LastUsedAt">When it was last used.</param>
public sealed record ShapeCacheEntry(
    string Function,
    string Program,
    string InTree,
    string ShapeKey,
    PyTree<ShapeDtypeStruct> OutputShapes,
    bool Dynamic,
    string Device,
    long Hits,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt
);
