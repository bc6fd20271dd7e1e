using System.Collections.Immutable;
using System.Globalization;
using Torch2Jax.Arrays;

namespace Torch2Jax.Functions;

/// <summary>Reads a shape key, <c>float32[10, 5], int64[10]</c>, back into shapes.</summary>
internal static class ShapeKeyText
{
    /// <summary>The shapes of the leaves in order.</summary>
    /// <exception cref="Errors.EngineException">A dtype is not known to this engine.</exception>
    public static ShapeDtypeStruct[] Parse(string shapeKey) =>
        [
            .. shapeKey
                .Split(']', StringSplitOptions.RemoveEmptyEntries)
                .Select(part => part.TrimStart(',', ' ').Split('['))
                .Select(parts => new ShapeDtypeStruct(
                    DTypes.Parse(parts[0]),
                    parts[1]
                        .Split(',', StringSplitOptions.RemoveEmptyEntries)
                        .Select(d => long.Parse(d, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture))
                        .ToImmutableArray()
                )),
        ];
}
