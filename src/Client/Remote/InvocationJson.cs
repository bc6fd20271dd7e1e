using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Writes the body of invoke and eval-shape.</summary>
internal static class InvocationJson
{
    public static void Write(Utf8JsonWriter json, Invocation call, bool shapesOnly)
    {
        json.WriteStartObject();
        json.WritePropertyName("args");
        WriteArguments(json, call.Args, shapesOnly);
        if (call.Kwargs is { Count: > 0 } kwargs)
        {
            json.WritePropertyName("kwargs");
            WriteKeywords(json, kwargs, shapesOnly);
        }

        if (call.Transforms is { Count: > 0 } transforms)
        {
            json.WritePropertyName("transforms");
            TransformJson.Write(json, transforms);
        }

        if (call.OutputShapes is { } shapes)
        {
            json.WritePropertyName("outputShapes");
            WriteOutputShapes(json, shapes);
        }

        if (call.Sharding is { } sharding)
        {
            json.WritePropertyName("sharding");
            ShardingJson.Write(json, sharding);
        }

        if (call.Device is { } device)
        {
            json.WriteString("device", device);
        }

        if (call.Seed is { } seed)
        {
            json.WriteNumber("seed", seed);
        }

        if (call.Timeout is { } timeout)
        {
            json.WriteNumber("deadlineMs", (long)Math.Clamp(timeout.TotalMilliseconds, 1, int.MaxValue));
        }

        json.WriteString("encoding", "base64");
        json.WriteEndObject();
    }

    public static void WriteArguments(
        Utf8JsonWriter json,
        IReadOnlyList<PyTree<IArgumentLeaf>> arguments,
        bool shapesOnly
    )
    {
        json.WriteStartArray();
        foreach (var argument in arguments)
        {
            WriteArgument(json, argument, shapesOnly);
        }

        json.WriteEndArray();
    }

    public static void WriteKeywords(
        Utf8JsonWriter json,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>> arguments,
        bool shapesOnly
    )
    {
        json.WriteStartObject();
        foreach (var (name, argument) in arguments)
        {
            json.WritePropertyName(name);
            WriteArgument(json, argument, shapesOnly);
        }

        json.WriteEndObject();
    }

    public static void WriteOutputShapes(Utf8JsonWriter json, PyTree<OutputShapeLeaf> shapes) =>
        TreeJson.WriteOutputShapes(json, shapes.Map(leaf => new PartialShape(leaf.Dtype, leaf.Shape)));

    /// <summary>About how many bytes the body will have.</summary>
    public static long Estimate(Invocation call)
    {
        var trees = call.Kwargs is { } kwargs ? call.Args.Concat(kwargs.Values) : call.Args;
        return 1024
            + trees.SelectMany(tree => tree.Leaves).Sum(leaf => leaf is NDArray a ? (a.ByteLength * 4L / 3) + 128 : 64);
    }

    private static void WriteArgument(Utf8JsonWriter json, PyTree<IArgumentLeaf> argument, bool shapesOnly)
    {
        var written = shapesOnly ? argument.Map(leaf => leaf is NDArray array ? array.Aval : leaf) : argument;
        TreeJson.WriteArgument(json, written, ArrayEncoding.Base64);
    }
}
