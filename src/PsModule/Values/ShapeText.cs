using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Values;

/// <summary><c>float32[10, 5]</c>, the engine's own way to write a shape; <c>[10, 5]</c> leaves the dtype out.</summary>
internal static partial class ShapeText
{
    public static ShapeDtypeStruct Parse(string text) =>
        TryParse(text, out var dtype, out var shape) && dtype is { } known
            ? new ShapeDtypeStruct(known, shape)
            : throw new FormatException($"\"{text}\" is no shape; write one as float32[10, 5], a scalar as float32[].");

    /// <summary>Whether a text is meant as a shape: brackets at its end, and a dtype or nothing before them.</summary>
    public static bool TryParse(string text, out DType? dtype, out ImmutableArray<long> shape)
    {
        (dtype, shape) = (null, []);
        if (Pattern().Match(text) is not { Success: true } match)
        {
            return false;
        }

        if (match.Groups[1].Length > 0)
        {
            dtype = DTypes.Parse(match.Groups[1].Value);
        }

        var dimensions = match.Groups[2].Value;
        shape = string.IsNullOrWhiteSpace(dimensions)
            ? []
            : [.. dimensions.Split(',').Select(d => long.Parse(d.Trim(), CultureInfo.InvariantCulture))];
        return true;
    }

    [GeneratedRegex(@"^\s*([a-z][a-z0-9_]*)?\[\s*(\d{1,18}(?:\s*,\s*\d{1,18})*)?\s*\]\s*$")]
    private static partial Regex Pattern();
}
