using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text.Json;
using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>Reads the parts of an array leaf: dtype, shape, and elements in either form.</summary>
internal static class ArrayLeafReader
{
    /// <summary>The shape; the reader is on the start of the list.</summary>
    public static ImmutableArray<long> ReadShape(ref Utf8JsonReader reader, ReadPath path)
    {
        var shape = ImmutableArray.CreateBuilder<long>(4);
        while (true)
        {
            JsonInput.Next(ref reader, path);
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return shape.DrainToImmutable();
            }

            if (
                reader.TokenType != JsonTokenType.Number
                || !JsonNumber.TryInteger(JsonInput.Literal(ref reader), out var dimension)
                || dimension < 0
                || dimension > long.MaxValue
                || shape.Count == ShapeMath.MaxRank
            )
            {
                throw ReadError.Malformed(
                    $"A shape is a list of at most {ShapeMath.MaxRank} integers from 0 on.",
                    $"{path}[{shape.Count}]"
                );
            }

            shape.Add((long)dimension);
        }
    }

    /// <summary>The dtype; the reader is on its name.</summary>
    public static DType ReadDtype(ref Utf8JsonReader reader, ReadPath path) =>
        !reader.HasValueSequence && !reader.ValueIsEscaped && DTypes.TryParse(reader.ValueSpan, out var dtype)
            ? Supported(dtype, path)
            : DTypes.Parse(JsonInput.Text(ref reader, path), path.ToString());

    /// <summary>Elements as base64 of their little-endian bytes; the reader is on the string.</summary>
    public static NDArray ReadBase64(ref Utf8JsonReader reader, ShapeDtypeStruct described, ReadPath path)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped)
        {
            return Decode(reader.ValueSpan, described, path);
        }

        // Base64 has a slash, which some writers escape.
        var longest = reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length;
        var text = ArrayPool<byte>.Shared.Rent(longest);
        try
        {
            return Decode(text.AsSpan(0, reader.CopyString(text)), described, path);
        }
        catch (InvalidOperationException)
        {
            throw ReadError.Malformed("This is not base64.", path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private static NDArray Decode(ReadOnlySpan<byte> text, ShapeDtypeStruct described, ReadPath path)
    {
        var expected = (described.ByteLength + 2) / 3 * 4;
        if (text.Length != expected)
        {
            throw ReadError.Malformed(
                $"{described} has {described.ByteLength} bytes, that is {expected} characters of base64, but there are "
                    + $"{text.Length}.",
                path
            );
        }

        var array = NDArray.Allocate(described);
        if (
            Base64.DecodeFromUtf8(text, array.Bytes, out _, out var written) == OperationStatus.Done
            && written == array.ByteLength
            && RawBytes.AreValid(array)
        )
        {
            return array;
        }

        array.Dispose();
        throw ReadError.Malformed($"This is not base64 of the bytes of {described}.", path);
    }

    private static DType Supported(DType dtype, ReadPath path)
    {
        if (!dtype.IsSupported())
        {
            dtype.RequireSupported(path.ToString());
        }

        return dtype;
    }
}
