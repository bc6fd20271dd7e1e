using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>The elements of one array as JSON: lists of numbers, flat or nested, and base64.</summary>
public static class ArrayJson
{
    /// <summary>Reads elements, flat row-major or nested to the shape.</summary>
    /// <param name="reader">On the first token of the elements; afterwards on the last.</param>
    /// <param name="described">The array's dtype and shape.</param>
    /// <param name="path">Where the elements stand, for errors.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype, with a path.</exception>
    public static NDArray Read(ref Utf8JsonReader reader, ShapeDtypeStruct described, string path, ReadLimits limits)
    {
        var place = new ReadPath(path);
        new ReadBudget(limits).TakeArray(described, place);
        try
        {
            return Read(ref reader, described, place);
        }
        catch (JsonException exception)
        {
            throw JsonInput.NotJson(exception, reader.CurrentDepth, place);
        }
    }

    /// <summary>Writes the elements: a list, lists within lists, or a base64 string.</summary>
    public static void Write(Utf8JsonWriter writer, NDArray array, ArrayEncoding encoding)
    {
        if (encoding == ArrayEncoding.Base64)
        {
            writer.WriteBase64StringSegment(array.Bytes, isFinalSegment: true);
        }
        else
        {
            Write(writer, array, nested: encoding == ArrayEncoding.Nested);
        }

        GC.KeepAlive(array);
    }

    /// <summary>Reads elements whose bytes are counted already.</summary>
    internal static NDArray Read(ref Utf8JsonReader reader, ShapeDtypeStruct described, ReadPath path) =>
        described.Dtype switch
        {
            DType.Bool => Read<byte, BoolCodec>(ref reader, described, path),
            DType.Int8 => Read<sbyte, IntegerCodec<sbyte>>(ref reader, described, path),
            DType.Int16 => Read<short, IntegerCodec<short>>(ref reader, described, path),
            DType.Int32 => Read<int, IntegerCodec<int>>(ref reader, described, path),
            DType.Int64 => Read<long, IntegerCodec<long>>(ref reader, described, path),
            DType.UInt8 => Read<byte, IntegerCodec<byte>>(ref reader, described, path),
            DType.UInt16 => Read<ushort, IntegerCodec<ushort>>(ref reader, described, path),
            DType.UInt32 => Read<uint, IntegerCodec<uint>>(ref reader, described, path),
            DType.UInt64 => Read<ulong, IntegerCodec<ulong>>(ref reader, described, path),
            DType.Float16 => Read<ushort, Float16Codec>(ref reader, described, path),
            DType.BFloat16 => Read<ushort, BFloat16Codec>(ref reader, described, path),
            DType.Float32 => Read<float, Float32Codec>(ref reader, described, path),
            DType.Float64 => Read<double, Float64Codec>(ref reader, described, path),
            DType.Complex64 => Read<Pair<float>, ComplexCodec<float, Float32Codec>>(ref reader, described, path),
            DType.Complex128 => Read<Pair<double>, ComplexCodec<double, Float64Codec>>(ref reader, described, path),
            _ => throw NoForm(described.Dtype, path.ToString()),
        };

    private static void Write(Utf8JsonWriter writer, NDArray array, bool nested)
    {
        switch (array.Dtype)
        {
            case DType.Bool:
                ElementWriter<byte, BoolCodec>.Write(writer, array, nested);
                break;
            case DType.Int8:
                ElementWriter<sbyte, IntegerCodec<sbyte>>.Write(writer, array, nested);
                break;
            case DType.Int16:
                ElementWriter<short, IntegerCodec<short>>.Write(writer, array, nested);
                break;
            case DType.Int32:
                ElementWriter<int, IntegerCodec<int>>.Write(writer, array, nested);
                break;
            case DType.Int64:
                ElementWriter<long, IntegerCodec<long>>.Write(writer, array, nested);
                break;
            case DType.UInt8:
                ElementWriter<byte, IntegerCodec<byte>>.Write(writer, array, nested);
                break;
            case DType.UInt16:
                ElementWriter<ushort, IntegerCodec<ushort>>.Write(writer, array, nested);
                break;
            case DType.UInt32:
                ElementWriter<uint, IntegerCodec<uint>>.Write(writer, array, nested);
                break;
            case DType.UInt64:
                ElementWriter<ulong, IntegerCodec<ulong>>.Write(writer, array, nested);
                break;
            case DType.Float16:
                ElementWriter<ushort, Float16Codec>.Write(writer, array, nested);
                break;
            case DType.BFloat16:
                ElementWriter<ushort, BFloat16Codec>.Write(writer, array, nested);
                break;
            case DType.Float32:
                ElementWriter<float, Float32Codec>.Write(writer, array, nested);
                break;
            case DType.Float64:
                ElementWriter<double, Float64Codec>.Write(writer, array, nested);
                break;
            case DType.Complex64:
                ElementWriter<Pair<float>, ComplexCodec<float, Float32Codec>>.Write(writer, array, nested);
                break;
            case DType.Complex128:
                ElementWriter<Pair<double>, ComplexCodec<double, Float64Codec>>.Write(writer, array, nested);
                break;
            default:
                throw NoForm(array.Dtype, null);
        }
    }

    private static EngineException NoForm(DType dtype, string? path) =>
        new(ErrorCode.UnsupportedDtype, $"{dtype.Name()} has no form as JSON numbers; use base64.", path);

    private static NDArray Read<T, TCodec>(ref Utf8JsonReader reader, ShapeDtypeStruct described, ReadPath path)
        where T : unmanaged
        where TCodec : IElementCodec<T>
    {
        using var elements = new ElementReader<T, TCodec>(described, path);
        return elements.Read(ref reader);
    }
}
