using System.Buffers;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Encoding;

/// <summary>Short forms of reading and writing that the tests of JSON share.</summary>
internal static class JsonTrees
{
    public static PyTree<IArgumentLeaf> Read(string json, ReadLimits? limits = null) =>
        Read(System.Text.Encoding.UTF8.GetBytes(json), limits);

    public static PyTree<IArgumentLeaf> Read(ReadOnlySpan<byte> json, ReadLimits? limits = null)
    {
        var reader = new Utf8JsonReader(json, TreeJson.ReaderOptions);
        return TreeJson.Read(ref reader, "args", limits ?? ReadLimits.Default);
    }

    /// <summary>Reads the JSON cut into segments of a few bytes.</summary>
    public static PyTree<IArgumentLeaf> ReadSegmented(byte[] json, int segmentLength)
    {
        var reader = new Utf8JsonReader(Segment.Sequence(json, segmentLength), TreeJson.ReaderOptions);
        return TreeJson.Read(ref reader, "args", ReadLimits.Default);
    }

    public static NDArray ReadArray(string dtype, string shape, string data) =>
        (NDArray)Read($$"""{"dtype":"{{dtype}}","shape":{{shape}},"data":{{data}}}""").Leaves[0];

    public static EngineException Refused(string json, ReadLimits? limits = null) =>
        Assert.Throws<EngineException>(() => Read(json, limits));

    public static byte[] Write(PyTree<NDArray> tree, ArrayEncoding encoding)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            TreeJson.Write(writer, tree, encoding);
        }

        return text.WrittenSpan.ToArray();
    }

    public static string Write(NDArray array, ArrayEncoding encoding = ArrayEncoding.Json) =>
        System.Text.Encoding.UTF8.GetString(Write(PyTree.Leaf(array), encoding));

    public static void Dispose(PyTree<IArgumentLeaf> tree)
    {
        foreach (var leaf in tree.Leaves)
        {
            (leaf as NDArray)?.Dispose();
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Sequence(byte[] bytes, int length)
        {
            var first = new Segment { Memory = bytes.AsMemory(0, Math.Min(length, bytes.Length)) };
            var last = first;
            for (var start = length; start < bytes.Length; start += length)
            {
                var next = new Segment
                {
                    Memory = bytes.AsMemory(start, Math.Min(length, bytes.Length - start)),
                    RunningIndex = last.RunningIndex + last.Memory.Length,
                };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
