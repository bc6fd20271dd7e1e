using Torch2Jax.Arrays;

namespace Torch2Jax.Native;

/// <summary>
/// One array's memory inside a native result. The arrays of a result share its handle by reference count, so each can be
/// disposed of alone, and the result is freed with the last of them.
/// </summary>
internal sealed class ResultStorage : ArrayStorage
{
    private readonly ResultHandle result;

    private ResultStorage(nint data, nuint byteLength, ResultHandle result)
        : base(data, byteLength) => this.result = result;

    /// <summary>Makes an array over memory of <paramref name="result"/>, without a copy.</summary>
    public static NDArray Wrap(ResultHandle result, in BufferRecord buffer, ReadOnlySpan<long> shape)
    {
        var dtype = (DType)buffer.Dtype;
        if (buffer.Data == 0)
        {
            return NDArray.Allocate(dtype, shape); // an array without elements
        }
        long size = dtype.ItemSize();
        foreach (long dimension in shape)
        {
            size = checked(size * dimension);
        }
        bool added = false;
        result.DangerousAddRef(ref added);
        var storage = new ResultStorage(buffer.Data, (nuint)size, result);
        try
        {
            return NDArray.Wrap(storage, dtype, shape);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        result.DangerousRelease();
        return true;
    }
}
