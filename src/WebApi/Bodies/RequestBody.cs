using System.Buffers;
using System.IO.Pipelines;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>The whole body of a request as one span: where it arrived in one piece without a copy, else in pooled memory.</summary>
internal sealed class RequestBody : IDisposable
{
    private readonly PipeReader? reader;
    private readonly ReadOnlySequence<byte> held;
    private readonly BodyBuffer? buffer;
    private readonly BodyBudget? budget;
    private readonly long taken;
    private bool disposed;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> held)
    {
        this.reader = reader;
        this.held = held;
    }

    private RequestBody(BodyBuffer buffer, BodyBudget budget, long taken)
    {
        this.buffer = buffer;
        this.budget = budget;
        this.taken = taken;
    }

    public ReadOnlySpan<byte> Bytes => buffer is null ? held.FirstSpan : buffer.Written;

    /// <summary>Reads the body to its end, undoing its Content-Encoding.</summary>
    /// <exception cref="EngineException">PayloadTooLarge, Overloaded, UnsupportedMediaType or MalformedRequest.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, BodyBudget budget, LimitOptions limits)
    {
        var request = context.Request;
        if (request.ContentLength > limits.MaxBodyBytes)
        {
            throw TooLarge(limits.MaxBodyBytes);
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            return await UnpackAsync(context, budget, limits);
        }

        var reader = request.BodyReader;
        var first = await reader.ReadAsync(context.RequestAborted);
        if (first.IsCompleted && first.Buffer.IsSingleSegment)
        {
            return new RequestBody(reader, first.Buffer);
        }

        return await GatherAsync(
            reader,
            first,
            request.ContentLength,
            budget,
            limits.MaxBodyBytes,
            context.RequestAborted
        );
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        reader?.AdvanceTo(held.End);
        buffer?.Dispose();
        budget?.Return(taken);
    }

    private static async ValueTask<RequestBody> GatherAsync(
        PipeReader reader,
        ReadResult result,
        long? length,
        BodyBudget budget,
        long limit,
        CancellationToken aborted
    )
    {
        var taken = 0L;
        BodyBuffer? buffer = null;
        try
        {
            while (true)
            {
                try
                {
                    var grown = (buffer?.Length ?? 0) + result.Buffer.Length;
                    if (grown > limit)
                    {
                        throw TooLarge(limit);
                    }

                    var wanted = buffer is null ? length ?? grown : grown;
                    if (wanted > taken)
                    {
                        budget.Take(wanted - taken);
                        taken = wanted;
                    }

                    buffer ??= new BodyBuffer(taken);
                    buffer.Append(result.Buffer);
                }
                finally
                {
                    reader.AdvanceTo(result.Buffer.End);
                }

                if (result.IsCompleted)
                {
                    return new RequestBody(buffer, budget, taken);
                }

                result = await reader.ReadAsync(aborted);
            }
        }
        catch
        {
            buffer?.Dispose();
            budget.Return(taken);
            throw;
        }
    }

    private static async ValueTask<RequestBody> UnpackAsync(HttpContext context, BodyBudget budget, LimitOptions limits)
    {
        await using var unpacked = ContentCoding.Decode(context.Request);
        var unpacking = PipeReader.Create(unpacked, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        try
        {
            var first = await unpacking.ReadAsync(context.RequestAborted);
            return await GatherAsync(unpacking, first, null, budget, limits.MaxUnpackedBytes, context.RequestAborted);
        }
        catch (Exception error) when (ContentCoding.IsDamage(error))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "The body is not what its Content-Encoding says: it cannot be decompressed.",
                null,
                error
            );
        }
        finally
        {
            await unpacking.CompleteAsync();
        }
    }

    private static EngineException TooLarge(long limit) =>
        new(ErrorCode.PayloadTooLarge, $"The body has more than {limit} bytes, the most that this service takes.");
}
