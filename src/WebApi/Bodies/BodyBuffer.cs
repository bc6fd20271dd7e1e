using System.Buffers;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>
/// One contiguous, growing piece of pooled memory: of the managed pool while it is small, outside the managed heap
/// (and of its own bounded pool) from a megabyte on, so that large bodies leave nothing to collect.
/// </summary>
internal sealed class BodyBuffer : IDisposable
{
    private const int Managed = 1 << 20;

    private byte[]? small;
    private NDArray? large;

    public BodyBuffer(long expected) => Rent(Math.Max(expected, 4096));

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => Memory[..Length];

    private Span<byte> Memory => large is null ? small : large.Bytes;

    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            Append(segment.Span);
        }
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Memory.Length - Length)
        {
            Grow((long)Length + bytes.Length);
        }

        bytes.CopyTo(Memory[Length..]);
        Length += bytes.Length;
    }

    public void Dispose()
    {
        if (small is { } array)
        {
            small = null;
            ArrayPool<byte>.Shared.Return(array);
        }

        large?.Dispose();
        large = null;
    }

    private void Grow(long needed)
    {
        var (oldSmall, oldLarge) = (small, large);
        (small, large) = (null, null);
        try
        {
            Rent(Math.Min(Math.Max(needed, 2L * Length), Math.Max(needed, int.MaxValue)));
            (oldLarge is null ? oldSmall : oldLarge.Bytes)[..Length].CopyTo(Memory);
        }
        finally
        {
            if (oldSmall is not null)
            {
                ArrayPool<byte>.Shared.Return(oldSmall);
            }

            oldLarge?.Dispose();
        }
    }

    private void Rent(long bytes)
    {
        if (bytes <= Managed)
        {
            small = ArrayPool<byte>.Shared.Rent((int)bytes);
            return;
        }

        if (bytes > int.MaxValue)
        {
            throw new EngineException(ErrorCode.PayloadTooLarge, $"A body holds at most {int.MaxValue} bytes.");
        }

        large = NDArray.Allocate(DType.UInt8, bytes);
    }
}
