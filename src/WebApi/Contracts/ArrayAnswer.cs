using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.V2;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes an invocation's outputs as npy, npz, safetensors or raw bytes; what JSON says besides stands in headers.</summary>
internal static class ArrayAnswer
{
    public static async Task WriteAsync(HttpContext context, InvocationResult result, ArrayFormat format)
    {
        var single = format is ArrayFormat.Npy or ArrayFormat.Raw ? Single(result, format) : null;
        var response = context.Response;
        response.ContentType = format.MediaType();
        response.Headers["Torch2Jax-Function"] = result.Function;
        response.Headers["Torch2Jax-Cache"] = result.Cache.ToString().ToLowerInvariant();
        if (format == ArrayFormat.Raw)
        {
            response.Headers["Torch2Jax-Dtype"] = single!.Dtype.Name();
            response.Headers["Torch2Jax-Shape"] = string.Join(',', single.Shape.ToArray());
            response.ContentLength = single.ByteLength;
            await ArraySender.SendAsync(response.BodyWriter, single, context.RequestAborted);
            return;
        }

        using var buffer = new AnswerBuffer();
        using (var stream = new AnswerStream(buffer))
        {
            Write(stream, result, single);
        }

        response.ContentLength = buffer.Length;
        await buffer.SendAsync(response.BodyWriter, context.RequestAborted);

        void Write(Stream stream, InvocationResult from, NDArray? one)
        {
            if (one is not null)
            {
                Npy.Write(stream, one);
                return;
            }

            var names = OutputNames.Of(from.Outputs.Structure);
            var named = from.Outputs.Leaves.Select((leaf, i) => KeyValuePair.Create(names[i], leaf));
            if (format == ArrayFormat.Npz)
            {
                Npz.Write(stream, named);
            }
            else
            {
                Safetensors.Write(stream, named);
            }
        }
    }

    private static NDArray Single(InvocationResult result, ArrayFormat format) =>
        result.Outputs.Leaves is [{ } only]
            ? only
            : throw JsonFields.Malformed(
                $"The answer has {result.Outputs.Leaves.Count} arrays and {format.MediaType()} holds one; accept "
                    + $"{ArrayFormat.Npz.MediaType()}, {ArrayFormat.Safetensors.MediaType()} or {MediaTypes.Json}.",
                null
            );
}
