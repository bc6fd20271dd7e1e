using System.Globalization;
using Torch2Jax.Arrays;

namespace Torch2Jax.WebApi.V2;

/// <summary>Reads a shape key, <c>float32[10, 5], int64[10]</c>.</summary>
internal static class ShapeKeyReader
{
    /// <summary>The leaves; null where the text is not a shape key.</summary>
    public static IReadOnlyList<ShapeDtypeStruct>? Read(string key)
    {
        var leaves = new List<ShapeDtypeStruct>();
        foreach (var part in key.Split(']', StringSplitOptions.RemoveEmptyEntries))
        {
            var text = part.TrimStart(',', ' ');
            var open = text.IndexOf('[', StringComparison.Ordinal);
            if (open < 0 || !DTypes.TryParse(text[..open], out var dtype))
            {
                return null;
            }

            var shape = new List<long>();
            foreach (
                var size in text[(open + 1)..]
                    .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            )
            {
                if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var dimension))
                {
                    return null;
                }

                shape.Add(dimension);
            }

            leaves.Add(new ShapeDtypeStruct(dtype, shape.ToArray()));
        }

        return leaves;
    }
}
