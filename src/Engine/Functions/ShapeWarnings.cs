namespace Torch2Jax.Functions;

/// <summary>The reference package's words for a call whose shapes are not those of the example.</summary>
internal static class ShapeWarnings
{
    /// <summary>The warning; null where the shapes are the example's, or where there was no example.</summary>
    public static string? Changed(string? expected, string actual, bool outputShapesGiven)
    {
        if (expected is null || string.Equals(expected, actual, StringComparison.Ordinal))
        {
            return null;
        }

        var what = outputShapesGiven
            ? "torch2jax: input shapes changed, but `output_shapes` was explicitly provided. Output shapes for the new "
                + "inputs will be inferred by re-running the torch function on placeholder (meta) tensors."
            : "torch2jax: input shapes changed. The torch function will be re-run on placeholder (meta) tensors "
                + "(not the original concrete inputs) to infer output shapes for the new input shapes.";
        return $"{what}\nExpecting: {expected}\nActual:    {actual}";
    }
}
