using Torch2Jax.Errors;

namespace Torch2Jax.Arrays;

/// <summary>Arithmetic on shapes that never overflows silently.</summary>
internal static class ShapeMath
{
    /// <summary>As many dimensions as NumPy and libtorch's iterators take.</summary>
    public const int MaxRank = 64;

    /// <summary>Number of elements; 0 where a dimension is 0, however large the others are.</summary>
    /// <exception cref="EngineException">MalformedRequest for a negative dimension or too many; PayloadTooLarge beyond 2^63 bytes.</exception>
    public static long Size(DType dtype, ReadOnlySpan<long> shape, string? path = null)
    {
        if (shape.Length > MaxRank)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"An array of {shape.Length} dimensions; at most {MaxRank} are possible.",
                path
            );
        }

        // Strides are products of the dimensions that are not zero, so these must fit in any case.
        var product = (Int128)dtype.ItemSize();
        var empty = false;
        foreach (var dimension in shape)
        {
            if (dimension < 0)
            {
                throw new EngineException(
                    ErrorCode.MalformedRequest,
                    $"A dimension of {dimension} in [{Text(shape)}]; dimensions are 0 or more.",
                    path
                );
            }

            empty |= dimension == 0;
            product *= Math.Max(dimension, 1);
            if (product > long.MaxValue)
            {
                throw new EngineException(
                    ErrorCode.PayloadTooLarge,
                    $"An array of {dtype.Name()}[{Text(shape)}] has more than 2^63 bytes.",
                    path
                );
            }
        }

        return empty ? 0 : (long)product / dtype.ItemSize();
    }

    /// <summary><c>10, 5</c>.</summary>
    public static string Text(ReadOnlySpan<long> shape)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < shape.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(shape[i]);
        }

        return text.ToString();
    }
}
