using System.Runtime.CompilerServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.Torch;

/// <summary>The shapes of leaves as one text: <c>float32[10, 5], int64[10]</c>.</summary>
public static class ShapeKey
{
    /// <summary>Writes the key of arrays and shapes in flatten order.</summary>
    /// <param name="leaves">The leaves; static values are not among them.</param>
    public static string Of(IReadOnlyList<IArgumentLeaf> leaves)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[256]);
        for (int i = 0; i < leaves.Count; i++)
        {
            if (i > 0)
            {
                text.AppendLiteral(", ");
            }
            switch (leaves[i])
            {
                case NDArray array:
                    Append(ref text, array.Dtype, array.Shape);
                    break;
                case ShapeDtypeStruct shape:
                    Append(ref text, shape.Dtype, shape.Shape.AsSpan());
                    break;
                default:
                    throw new ArgumentException($"Leaf {i} is neither an array nor a shape.", nameof(leaves));
            }
        }
        return text.ToStringAndClear();
    }

    private static void Append(ref DefaultInterpolatedStringHandler text, DType dtype, ReadOnlySpan<long> shape)
    {
        text.AppendLiteral(dtype.Name());
        text.AppendLiteral("[");
        for (int i = 0; i < shape.Length; i++)
        {
            if (i > 0)
            {
                text.AppendLiteral(", ");
            }
            text.AppendFormatted(shape[i]);
        }
        text.AppendLiteral("]");
    }
}
