using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.V2;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes an invocation's outputs as npy, npz, safetensors or raw bytes; what JSON says besides stands in headers.</summary>
internal static class ArrayAnswer
{
    public static Task WriteAsync(HttpContext context, InvocationResult result, ArrayFormat format)
    {
        var headers = context.Response.Headers;
        headers["Torch2Jax-Function"] = result.Function;
        headers["Torch2Jax-Cache"] = result.Cache.ToString().ToLowerInvariant();
        return WriteAsync(context, result.Outputs, LeafNames.Of(result.Outputs.Structure), format);
    }

    /// <summary>Writes a tree whose leaves have these names.</summary>
    public static async Task WriteAsync(
        HttpContext context,
        PyTree<NDArray> tree,
        IReadOnlyList<string> names,
        ArrayFormat format
    )
    {
        var single = format is ArrayFormat.Npy or ArrayFormat.Raw ? Single(tree, format) : null;
        var response = context.Response;
        response.ContentType = format.MediaType();
        if (format == ArrayFormat.Raw)
        {
            response.Headers["Torch2Jax-Dtype"] = single!.Dtype.Name();
            response.Headers["Torch2Jax-Shape"] = string.Join(',', single.Shape.ToArray());
        }

        // Arrays are sent from where they are; only what stands between them is made here.
        using var buffer = new AnswerBuffer();
        var bodies = WriteHead(buffer, tree, names, single, format);
        response.ContentLength = buffer.Length + bodies.Sum(array => (long)array.ByteLength);
        await buffer.SendAsync(response.BodyWriter, context.RequestAborted);
        foreach (var array in bodies)
        {
            await ArraySender.SendAsync(response.BodyWriter, array, context.RequestAborted);
        }
    }

    // A zip file has check sums before its arrays, and so is made whole.
    private static IReadOnlyList<NDArray> WriteHead(
        AnswerBuffer buffer,
        PyTree<NDArray> tree,
        IReadOnlyList<string> names,
        NDArray? single,
        ArrayFormat format
    )
    {
        using var stream = new AnswerStream(buffer);
        if (single is not null)
        {
            if (format == ArrayFormat.Npy)
            {
                Npy.WriteHeader(stream, single);
            }

            return [single];
        }

        var named = tree.Leaves.Select((leaf, i) => KeyValuePair.Create(names[i], leaf));
        if (format == ArrayFormat.Safetensors)
        {
            return Safetensors.WriteHeader(stream, named);
        }

        Npz.Write(stream, named);
        return [];
    }

    private static NDArray Single(PyTree<NDArray> tree, ArrayFormat format) =>
        tree.Leaves is [{ } only]
            ? only
            : throw JsonFields.Malformed(
                $"The answer has {tree.Leaves.Count} arrays and {format.MediaType()} holds one; accept "
                    + $"{ArrayFormat.Npz.MediaType()}, {ArrayFormat.Safetensors.MediaType()} or {MediaTypes.Json}.",
                null
            );
}
