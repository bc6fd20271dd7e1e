using System.Buffers.Binary;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>One tensor as the header describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Described">Dtype and shape.</param>
/// <param name="Start">Where its bytes begin, behind the header.</param>
internal sealed record TensorEntry(string Name, ShapeDtypeStruct Described, long Start);

/// <summary>Reads the header of a safetensors file: its length, and JSON about each tensor.</summary>
internal sealed class SafetensorsHeader(ReadBudget budget, ReadPath path)
{
    // The format's own bound.
    private const long MaxLength = 100_000_000;

    private const string Metadata = "__metadata__";

    private readonly List<TensorEntry> entries = [];

    /// <summary>All tensors in the header's order; the stream is left behind the header.</summary>
    public static IReadOnlyList<TensorEntry> Read(Stream stream, ReadBudget budget, ReadPath path)
    {
        Span<byte> length = stackalloc byte[8];
        Bytes.Fill(stream, length, path);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerLength > MaxLength)
        {
            throw ReadError.Malformed(
                $"A safetensors header of {headerLength} bytes; at most {MaxLength} are read.",
                path
            );
        }

        if (stream.CanSeek && (long)headerLength > stream.Length - stream.Position)
        {
            throw ReadError.CutShort(path);
        }

        var json = new byte[headerLength];
        Bytes.Fill(stream, json, path);
        return new SafetensorsHeader(budget, path).Parse(json);
    }

    private List<TensorEntry> Parse(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            RequireNext(ref reader, JsonTokenType.StartObject);
            while (Next(ref reader) != JsonTokenType.EndObject)
            {
                var name = JsonInput.Text(ref reader, path);
                if (!names.Add(name))
                {
                    throw ReadError.Malformed("Two tensors have one name.", path);
                }

                path.Push(name);
                if (name == Metadata)
                {
                    ReadMetadata(ref reader);
                }
                else
                {
                    budget.TakeLeaf(path);
                    entries.Add(ReadEntry(ref reader, name));
                }

                path.Pop();
            }

            return reader.Read() ? throw Wrong() : entries;
        }
        catch (JsonException exception)
        {
            throw JsonInput.NotJson(exception, 0, path);
        }
    }

    private TensorEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        RequireNext(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            if (dtype is null && JsonInput.TextEquals(ref reader, "dtype"u8))
            {
                RequireNext(ref reader, JsonTokenType.String);
                dtype = JsonInput.Text(ref reader, path);
            }
            else if (shape is null && JsonInput.TextEquals(ref reader, "shape"u8))
            {
                shape = ReadIntegers(ref reader);
            }
            else if (offsets is null && JsonInput.TextEquals(ref reader, "data_offsets"u8))
            {
                offsets = ReadIntegers(ref reader);
            }
            else
            {
                throw Wrong();
            }
        }

        if (dtype is null || shape is null || offsets is not [var start, var end])
        {
            throw Wrong();
        }

        var described = Describe(dtype, shape);
        return end >= start && end - start == described.ByteLength
            ? new TensorEntry(name, described, start)
            : throw ReadError.Malformed($"data_offsets of {end - start} bytes do not fit {described}.", path);
    }

    private ShapeDtypeStruct Describe(string name, long[] shape)
    {
        if (!DTypes.TryParseSafetensorsName(name, out var dtype))
        {
            throw new EngineException(
                ErrorCode.UnsupportedDtype,
                $"Unsupported dtype of a tensor. Supported are {DTypes.SupportedNames}.",
                path.ToString()
            );
        }

        try
        {
            return new ShapeDtypeStruct(dtype, shape);
        }
        catch (EngineException exception)
        {
            throw new EngineException(exception.Code, exception.Message, path.ToString());
        }
    }

    private long[] ReadIntegers(ref Utf8JsonReader reader)
    {
        RequireNext(ref reader, JsonTokenType.StartArray);
        return [.. ArrayLeafReader.ReadShape(ref reader, path)];
    }

    // Texts about the file, of no use here; but they must be texts.
    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        RequireNext(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            RequireNext(ref reader, JsonTokenType.String);
        }
    }

    private JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : throw Wrong();

    private void RequireNext(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        if (Next(ref reader) != expected)
        {
            throw Wrong();
        }
    }

    private EngineException Wrong() =>
        ReadError.Malformed("The safetensors header is not as the format wants it.", path);
}
