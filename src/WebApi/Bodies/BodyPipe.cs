using System.Buffers;
using System.IO.Pipelines;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>A body read in parts, so that an array's bytes go from the connection into its memory and nowhere else.</summary>
internal sealed class BodyPipe : IAsyncDisposable
{
    private readonly BodyBudget budget;
    private readonly long limit;
    private readonly Stream? unpacked;
    private readonly CancellationToken aborted;
    private long taken;
    private long read;

    private BodyPipe(HttpContext context, BodyBudget budget, LimitOptions limits)
    {
        this.budget = budget;
        aborted = context.RequestAborted;
        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            unpacked = ContentCoding.Decode(context.Request);
            Reader = PipeReader.Create(unpacked, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
            limit = limits.MaxUnpackedBytes;
        }
        else
        {
            Reader = context.Request.BodyReader;
            limit = limits.MaxBodyBytes;
            Length = context.Request.ContentLength;
        }
    }

    /// <summary>Bytes of the body, where they are known before it was read.</summary>
    public long? Length { get; }

    private PipeReader Reader { get; }

    public static BodyPipe Open(HttpContext context, BodyBudget budget, LimitOptions limits) =>
        context.Request.ContentLength > limits.MaxBodyBytes
            ? throw TooLarge(limits.MaxBodyBytes)
            : new BodyPipe(context, budget, limits);

    /// <summary>Reads the next <paramref name="count"/> bytes into pooled memory.</summary>
    public async ValueTask<BodyBuffer> ReadAsync(int count, string what)
    {
        Count(count);
        var buffer = new BodyBuffer(count);
        try
        {
            await CopyAsync(count, what, buffer, static (piece, into, _) => ((BodyBuffer)into).Append(piece));
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Reads the array's bytes, which come next.</summary>
    public ValueTask FillAsync(NDArray array, string what)
    {
        Count(array.ByteLength);
        return CopyAsync(
            array.ByteLength,
            what,
            array,
            static (piece, into, at) => piece.CopyTo(((NDArray)into).Bytes[(int)at..])
        );
    }

    /// <summary>Makes sure that nothing is left.</summary>
    public async ValueTask EndAsync()
    {
        var result = await ReadPieceAsync();
        var more = !result.Buffer.IsEmpty;
        Reader.AdvanceTo(result.Buffer.End);
        if (more)
        {
            throw JsonFields.Malformed("The body goes on after the last tensor that its header describes.", null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        budget.Return(taken);
        if (unpacked is not null)
        {
            await Reader.CompleteAsync();
            await unpacked.DisposeAsync();
        }
    }

    private async ValueTask CopyAsync(
        long count,
        string what,
        object into,
        Action<ReadOnlySequence<byte>, object, long> copy
    )
    {
        var done = 0L;
        while (done < count)
        {
            var result = await ReadPieceAsync();
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, count - done));
            copy(piece, into, done);
            done += piece.Length;
            Reader.AdvanceTo(piece.End);
            if (result.IsCompleted && piece.Length == result.Buffer.Length && done < count)
            {
                throw JsonFields.Malformed($"The body ends {count - done} bytes before the end of {what}.", null);
            }
        }
    }

    private async ValueTask<ReadResult> ReadPieceAsync()
    {
        try
        {
            return await Reader.ReadAsync(aborted);
        }
        catch (Exception error) when (unpacked is not null && ContentCoding.IsDamage(error))
        {
            throw JsonFields.Malformed(
                "The body is not what its Content-Encoding says: it cannot be decompressed.",
                null,
                error
            );
        }
    }

    private void Count(long bytes)
    {
        read += bytes;
        if (read > limit)
        {
            throw TooLarge(limit);
        }

        budget.Take(bytes);
        taken += bytes;
    }

    private static EngineException TooLarge(long limit) =>
        new(ErrorCode.PayloadTooLarge, $"The body has more than {limit} bytes, the most that this service takes.");
}
