using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Arrays as the body of a request, sent from their own memory.</summary>
internal sealed class ArrayTransfer : HttpContent
{
    private const int PieceBytes = 1 << 20;

    private readonly MemoryStream head = new();
    private readonly IReadOnlyList<NDArray> arrays;

    /// <param name="tree">One array for npy, a dict of arrays for safetensors.</param>
    /// <param name="format">One of those two.</param>
    public ArrayTransfer(PyTree<NDArray> tree, ArrayFileFormat format)
    {
        if (format == ArrayFileFormat.Npy)
        {
            arrays = tree.Leaves;
            Npy.WriteHeader(head, arrays[0]);
        }
        else
        {
            arrays = Safetensors.WriteHeader(head, tree.Structure.Keys.Zip(tree.Leaves, KeyValuePair.Create));
        }

        Headers.ContentType = new MediaTypeHeaderValue(MediaType(format));
    }

    /// <summary>How a tree goes: as bytes where a file of arrays keeps its structure, else as JSON.</summary>
    public static ArrayFileFormat Of(PyTree<NDArray> tree) =>
        Of(tree.Structure.ToString(), tree.Structure.KeyPaths(), tree.Leaves.Select(array => array.Dtype));

    /// <summary>The same of a tree that is stored.</summary>
    public static ArrayFileFormat Of(StoredArraySummary array) =>
        Of(array.Tree, array.Leaves.Select(leaf => leaf.Path), array.Leaves.Select(leaf => leaf.Shape.Dtype));

    private static ArrayFileFormat Of(string tree, IEnumerable<string> paths, IEnumerable<DType> dtypes)
    {
        if (tree == TreeDef.Leaf.ToString())
        {
            return ArrayFileFormat.Npy;
        }

        // ['name'] of each leaf makes the text of a flat dict, and of no other tree. Safetensors lacks complex128.
        var flat = $"PyTreeDef({{{string.Join(", ", paths.Select(path => $"{path[1..^1]}: *"))}}})";
        return tree == flat && dtypes.All(dtype => dtype != DType.Complex128)
            ? ArrayFileFormat.Safetensors
            : ArrayFileFormat.Json;
    }

    public static string MediaType(ArrayFileFormat format) =>
        format == ArrayFileFormat.Npy ? "application/x-npy" : "application/x-safetensors";

    /// <summary>About how many bytes the JSON of a tree has.</summary>
    public static long Estimate(PyTree<NDArray> tree) =>
        1024 + tree.Leaves.Sum(leaf => (leaf.ByteLength * 4L / 3) + 128);

    protected override bool TryComputeLength(out long length)
    {
        length = head.Length + arrays.Sum(array => (long)array.ByteLength);
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        await stream
            .WriteAsync(head.GetBuffer().AsMemory(0, (int)head.Length), cancellationToken)
            .ConfigureAwait(false);
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            foreach (var array in arrays)
            {
                for (var at = 0L; at < array.ByteLength; at += PieceBytes)
                {
                    var count = (int)Math.Min(PieceBytes, array.ByteLength - at);
                    array.Bytes.Slice((int)at, count).CopyTo(piece);
                    await stream.WriteAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    protected override void Dispose(bool disposing)
    {
        head.Dispose();
        base.Dispose(disposing);
    }
}
