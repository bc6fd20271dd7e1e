using System.Buffers;
using System.IO.Pipelines;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>
/// Takes what a JSON writer writes in pooled pieces. A short answer is one piece, sent with its length; a long one is
/// sent piece by piece, each given back as soon as it is out.
/// </summary>
internal sealed class AnswerBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstPiece = 16 * 1024;
    private const int LargestPiece = 1 << 20;

    private readonly byte[] first = new byte[FirstPiece];
    private readonly List<ReadOnlyMemory<byte>> full = [];
    private byte[] current;
    private int used;

    public AnswerBuffer() => current = first;

    public long Length { get; private set; }

    public void Advance(int count)
    {
        used += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return current.AsMemory(used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return current.AsSpan(used);
    }

    /// <summary>Sends everything.</summary>
    public async ValueTask SendAsync(PipeWriter to, CancellationToken aborted)
    {
        while (full.Count > 0)
        {
            await to.WriteAsync(full[0], aborted);
            Return(full[0]);
            full.RemoveAt(0);
        }

        await to.WriteAsync(current.AsMemory(0, used), aborted);
    }

    /// <summary>Sends everything through a stream.</summary>
    public async ValueTask SendAsync(Stream to, CancellationToken aborted)
    {
        foreach (var piece in full)
        {
            await to.WriteAsync(piece, aborted);
        }

        await to.WriteAsync(current.AsMemory(0, used), aborted);
    }

    /// <summary>Ready for another answer.</summary>
    public void Reset()
    {
        foreach (var piece in full)
        {
            Return(piece);
        }

        full.Clear();
        if (current != first)
        {
            ArrayPool<byte>.Shared.Return(current);
            current = first;
        }

        used = 0;
        Length = 0;
    }

    public void Dispose() => Reset();

    private void Ensure(int sizeHint)
    {
        if (current.Length - used >= Math.Max(sizeHint, 1))
        {
            return;
        }

        full.Add(current.AsMemory(0, used));
        var next = Math.Clamp(current.Length * 4, 64 * 1024, LargestPiece);
        current = ArrayPool<byte>.Shared.Rent(Math.Max(next, sizeHint));
        used = 0;
    }

    private void Return(ReadOnlyMemory<byte> piece)
    {
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(piece, out var array) && array.Array != first)
        {
            ArrayPool<byte>.Shared.Return(array.Array!);
        }
    }
}
