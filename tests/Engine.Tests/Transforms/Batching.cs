using Torch2Jax.Arrays;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Elements of batches and batches of elements, copied byte by byte apart from libtorch.</summary>
internal static class Batching
{
    /// <summary>Element <paramref name="index"/> along an axis.</summary>
    public static NDArray Element(NDArray batch, int axis, long index)
    {
        var shape = batch.Shape.ToArray();
        var (outer, size, inner) = Split(shape, axis, batch.Dtype);
        var element = NDArray.Allocate(batch.Dtype, [.. shape[..axis], .. shape[(axis + 1)..]]);
        for (var i = 0L; i < outer; i++)
        {
            Block(batch, (i * size) + index, inner).CopyTo(Block(element, i, inner));
        }

        return element;
    }

    /// <summary>Elements of one shape along a new axis.</summary>
    public static NDArray Stack(IReadOnlyList<NDArray> elements, int axis)
    {
        var shape = elements[0].Shape.ToArray().ToList();
        shape.Insert(axis, elements.Count);
        var batch = NDArray.Allocate(elements[0].Dtype, shape.ToArray());
        var (outer, size, inner) = Split([.. shape], axis, batch.Dtype);
        for (var i = 0L; i < outer * size; i++)
        {
            Block(elements[(int)(i % size)], i / size, inner).CopyTo(Block(batch, i, inner));
        }

        return batch;
    }

    private static (long Outer, long Size, long InnerBytes) Split(long[] shape, int axis, DType dtype) =>
        (
            shape[..axis].Aggregate(1L, (a, b) => a * b),
            shape[axis],
            shape[(axis + 1)..].Aggregate((long)dtype.ItemSize(), (a, b) => a * b)
        );

    private static Span<byte> Block(NDArray array, long index, long bytes) =>
        array.Bytes.Slice((int)(index * bytes), (int)bytes);
}
