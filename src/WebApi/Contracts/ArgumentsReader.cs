using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads arguments: a JSON array of trees, or an object of trees by name.</summary>
internal static class ArgumentsReader
{
    private static readonly string[] Paths = [.. Enumerable.Range(0, 32).Select(i => $"args[{i}]")];

    /// <summary>Adds each tree to <paramref name="into"/>, so that the caller can release what came before a failure.</summary>
    public static void ReadList(
        ref Utf8JsonReader reader,
        string path,
        ReadLimits limits,
        List<PyTree<IArgumentLeaf>> into
    )
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw JsonFields.Malformed(
                $"{JsonFields.Describe(reader.TokenType)} was given; an array with one tree an argument was expected.",
                path
            );
        }

        var left = new ArgumentLimits(limits);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var tree = TreeJson.Read(ref reader, PathOf(path, into.Count), left.Rest);
            into.Add(tree);
            left.Count(tree, path);
        }
    }

    /// <summary>Trees by name; null for null.</summary>
    public static Dictionary<string, PyTree<IArgumentLeaf>>? ReadDict(
        ref Utf8JsonReader reader,
        string path,
        ReadLimits limits
    )
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonFields.Malformed(
                $"{JsonFields.Describe(reader.TokenType)} was given; an object of keyword arguments was expected.",
                path
            );
        }

        var read = new Dictionary<string, PyTree<IArgumentLeaf>>(StringComparer.Ordinal);
        var left = new ArgumentLimits(limits);
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = ReadName(ref reader, path);
                reader.Read();
                var tree = TreeJson.Read(ref reader, $"{path}.{name}", left.Rest);
                if (!read.TryAdd(name, tree))
                {
                    InvocationBody.Release([tree]);
                    throw JsonFields.Malformed("The argument is given twice.", $"{path}.{name}");
                }

                left.Count(tree, path);
            }
        }
        catch
        {
            InvocationBody.Release(read.Values);
            throw;
        }

        return read;
    }

    /// <summary>The tree of <c>outputShapes</c>; null for null.</summary>
    public static PyTree<OutputShapeLeaf>? ReadOutputShapes(ref Utf8JsonReader reader, ReadLimits limits)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null
            ? null
            : TreeJson
                .ReadOutputShapes(ref reader, "outputShapes", limits)
                .Map(leaf => new OutputShapeLeaf(leaf.Dtype, leaf.Shape));
    }

    private static string ReadName(ref Utf8JsonReader reader, string path)
    {
        string name;
        try
        {
            name = reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw JsonFields.Malformed("A name holds a lone surrogate or is not UTF-8.", path, error);
        }

        return name.Contains('\0', StringComparison.Ordinal)
            ? throw JsonFields.Malformed("A name holds U+0000.", path)
            : name;
    }

    private static string PathOf(string path, int index) =>
        index < Paths.Length && path == "args" ? Paths[index] : $"{path}[{index}]";

    /// <summary>What is left of the limits of one call after the arguments read so far.</summary>
    private struct ArgumentLimits(ReadLimits limits)
    {
        private long bytes;
        private int leaves;

        // Narrowed only when it begins to matter: most calls come nowhere near.
        public readonly ReadLimits Rest =>
            bytes <= limits.MaxTotalBytes / 2 && leaves <= limits.MaxLeaves / 2
                ? limits
                : limits with
                {
                    MaxTotalBytes = limits.MaxTotalBytes - bytes,
                    MaxLeaves = limits.MaxLeaves - leaves,
                };

        public void Count(PyTree<IArgumentLeaf> tree, string path)
        {
            leaves += tree.Structure.LeafCount;
            foreach (var leaf in tree.LeafSpan)
            {
                bytes += (leaf as NDArray)?.ByteLength ?? 0;
            }

            if (leaves > limits.MaxLeaves || bytes > limits.MaxTotalBytes)
            {
                throw new Errors.EngineException(
                    Errors.ErrorCode.PayloadTooLarge,
                    $"The arguments have more than {limits.MaxLeaves} leaves or {limits.MaxTotalBytes} bytes.",
                    path
                );
            }
        }
    }
}
