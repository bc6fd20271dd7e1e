using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads the body of invoke and eval-shape, numbers straight into array memory.</summary>
internal static class InvocationReader
{
    private const string Known =
        "args, kwargs, transforms, outputShapes, device, seed, encoding, sharding and deadlineMs";

    /// <exception cref="Errors.EngineException">MalformedRequest or PayloadTooLarge, with the place.</exception>
    public static InvocationBody Read(ReadOnlySpan<byte> body, ReadLimits limits)
    {
        var parts = new Parts();
        try
        {
            ReadFields(body, limits, ref parts);
        }
        catch (JsonException error)
        {
            parts.Release();
            throw JsonFields.NotJson(error);
        }
        catch
        {
            parts.Release();
            throw;
        }

        var invocation = new Invocation(
            parts.Args ?? [],
            parts.Kwargs is { Count: > 0 } ? parts.Kwargs : null,
            parts.Transforms,
            parts.OutputShapes,
            parts.Sharding,
            parts.Device,
            parts.Seed
        );
        return new InvocationBody(invocation, parts.Encoding, parts.DeadlineMs);
    }

    private static void ReadFields(ReadOnlySpan<byte> body, ReadLimits limits, ref Parts parts)
    {
        var reader = JsonFields.OpenObject(body);
        var seen = 0u;
        while (JsonFields.NextField(ref reader))
        {
            if (reader.ValueTextEquals("args"u8))
            {
                JsonFields.Once(ref seen, 0, "args");
                parts.Args = [];
                ArgumentsReader.ReadList(ref reader, "args", limits, parts.Args);
            }
            else if (reader.ValueTextEquals("kwargs"u8))
            {
                JsonFields.Once(ref seen, 1, "kwargs");
                parts.Kwargs = ArgumentsReader.ReadDict(ref reader, "kwargs", limits);
            }
            else if (reader.ValueTextEquals("transforms"u8))
            {
                JsonFields.Once(ref seen, 2, "transforms");
                parts.Transforms = JsonFields.Element(ref reader, "transforms") is { } list
                    ? TransformReader.Read(list, "transforms")
                    : null;
            }
            else if (reader.ValueTextEquals("outputShapes"u8))
            {
                JsonFields.Once(ref seen, 3, "outputShapes");
                parts.OutputShapes = ArgumentsReader.ReadOutputShapes(ref reader, limits);
            }
            else if (reader.ValueTextEquals("device"u8))
            {
                JsonFields.Once(ref seen, 4, "device");
                parts.Device = JsonFields.Text(ref reader, "device");
            }
            else if (reader.ValueTextEquals("seed"u8))
            {
                JsonFields.Once(ref seen, 5, "seed");
                parts.Seed = JsonFields.Integer(ref reader, "seed");
            }
            else if (reader.ValueTextEquals("encoding"u8))
            {
                JsonFields.Once(ref seen, 6, "encoding");
                parts.Encoding = ReadEncoding(JsonFields.Text(ref reader, "encoding"));
            }
            else if (reader.ValueTextEquals("sharding"u8))
            {
                JsonFields.Once(ref seen, 7, "sharding");
                parts.Sharding = JsonFields.Element(ref reader, "sharding") is { } spec
                    ? ShardingReader.Read(spec, "sharding")
                    : null;
            }
            else if (reader.ValueTextEquals("deadlineMs"u8))
            {
                JsonFields.Once(ref seen, 8, "deadlineMs");
                parts.DeadlineMs = ReadDeadline(JsonFields.Integer(ref reader, "deadlineMs"));
            }
            else
            {
                throw JsonFields.UnknownField(ref reader, Known);
            }
        }
    }

    public static ArrayEncoding ReadEncoding(string? name) =>
        name switch
        {
            null or "json" => ArrayEncoding.Json,
            "nested" => ArrayEncoding.Nested,
            "base64" => ArrayEncoding.Base64,
            _ => throw JsonFields.Malformed("The encoding of the answer is json, nested or base64.", "encoding"),
        };

    private static int? ReadDeadline(long? given) =>
        given switch
        {
            null => null,
            < 1 => throw JsonFields.Malformed("A deadline is a number of milliseconds from 1 on.", "deadlineMs"),
            > int.MaxValue => int.MaxValue,
            _ => (int)given,
        };

    // Mutable on purpose: what was read so far must be released when the rest fails.
    private struct Parts
    {
        public List<PyTree<IArgumentLeaf>>? Args;
        public Dictionary<string, PyTree<IArgumentLeaf>>? Kwargs;
        public IReadOnlyList<Transform>? Transforms;
        public PyTree<OutputShapeLeaf>? OutputShapes;
        public ShardingSpec? Sharding;
        public string? Device;
        public long? Seed;
        public ArrayEncoding Encoding;
        public int? DeadlineMs;

        public readonly void Release()
        {
            if (Args is not null)
            {
                InvocationBody.Release(Args);
            }

            if (Kwargs is not null)
            {
                InvocationBody.Release(Kwargs.Values);
            }
        }
    }
}
