using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Isolation;

/// <summary>An array copied to where workers read it, because it lay elsewhere: from another allocator, or too small to share.</summary>
internal sealed class SharedCopy : IDisposable
{
    private const int LeastBytes = 64 << 10;

    private readonly NDArray block;

    private SharedCopy(NDArray block, long offset)
    {
        this.block = block;
        Offset = offset;
    }

    /// <summary>Where it lies in the shared memory.</summary>
    public long Offset { get; }

    /// <summary>Copies an array; null where workers can read it already.</summary>
    /// <exception cref="EngineException">Overloaded: there is no shared memory left.</exception>
    public static SharedCopy? Of(SharedInputs inputs, NDArray array)
    {
        if (inputs.OffsetOf(array.Pointer) >= 0)
        {
            return null;
        }
        NDArray block = NDArray.Allocate(DType.UInt8, Math.Max(array.ByteLength, LeastBytes));
        long offset = inputs.OffsetOf(block.Pointer);
        if (offset < 0)
        {
            // A block kept from the time before there were workers: one of the shared memory takes its place.
            block.Dispose();
            ArrayMemory.Trim();
            block = NDArray.Allocate(DType.UInt8, Math.Max(array.ByteLength, LeastBytes));
            offset = inputs.OffsetOf(block.Pointer);
        }
        if (offset < 0)
        {
            block.Dispose();
            throw new EngineException(ErrorCode.Overloaded, "There is no memory to share with worker processes now.");
        }
        array.Bytes.CopyTo(block.Bytes);
        return new SharedCopy(block, offset);
    }

    public void Dispose() => block.Dispose();
}
