using System.Buffers;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>Safetensors files: a header of JSON, then the bytes of all tensors without a gap.</summary>
public static class Safetensors
{
    private const int Alignment = 8;

    /// <summary>Reads all tensors, in the header's order. The caller disposes of them; on an error none is left.</summary>
    /// <param name="file">All of its bytes.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static IReadOnlyDictionary<string, NDArray> Read(
        ReadOnlySpan<byte> file,
        ReadLimits limits,
        string path = ""
    ) => Bytes.Read(file, stream => Read(stream, limits, path));

    /// <summary>Reads all tensors, in the header's order, to the end of the stream.</summary>
    /// <param name="stream">The file, from its first byte on.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static IReadOnlyDictionary<string, NDArray> Read(Stream stream, ReadLimits limits, string path = "")
    {
        var (place, budget) = (new ReadPath(path), new ReadBudget(limits));
        var entries = SafetensorsHeader.Read(stream, budget, place);
        var total = RequireNoGaps(entries, budget, place);
        if (stream.CanSeek && stream.Length - stream.Position < total)
        {
            throw ReadError.CutShort(place);
        }

        var read = new Dictionary<string, NDArray>(entries.Count, StringComparer.Ordinal);
        try
        {
            foreach (var entry in entries.OrderBy(entry => entry.Start))
            {
                read.Add(entry.Name, NDArray.Allocate(entry.Described));
                ReadTensor(stream, read[entry.Name], entry.Name, place);
            }

            if (stream.ReadByte() >= 0)
            {
                throw ReadError.BytesBehind(place);
            }

            return new OrderedDictionary<string, NDArray>(
                entries.Select(entry => KeyValuePair.Create(entry.Name, read[entry.Name])),
                StringComparer.Ordinal
            );
        }
        catch
        {
            foreach (var array in read.Values)
            {
                array.Dispose();
            }

            throw;
        }
    }

    /// <summary>Writes arrays by name. Wide types come first, so that all are aligned, then names by code point.</summary>
    /// <exception cref="EngineException">UnsupportedDtype for complex128 and others that the format lacks.</exception>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, NDArray>> arrays)
    {
        foreach (var array in WriteHeader(stream, arrays))
        {
            stream.Write(array.Bytes);
            GC.KeepAlive(array);
        }
    }

    /// <summary>Writes the header alone, and gives the arrays in the order in which their bytes follow it.</summary>
    /// <exception cref="EngineException">UnsupportedDtype for complex128 and others that the format lacks.</exception>
    public static IReadOnlyList<NDArray> WriteHeader(Stream stream, IEnumerable<KeyValuePair<string, NDArray>> arrays)
    {
        KeyValuePair<string, NDArray>[] ordered =
        [
            .. arrays
                .OrderByDescending(array => array.Value.Dtype.ItemSize())
                .ThenBy(array => array.Key, Trees.CodePointComparer.Instance),
        ];
        var header = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(header))
        {
            WriteHeader(writer, ordered);
        }

        var padding = (Alignment - (header.WrittenCount % Alignment)) % Alignment;
        stream.Write(BitConverter.GetBytes((ulong)(header.WrittenCount + padding)));
        stream.Write(header.WrittenSpan);
        stream.Write("       "u8[..padding]);
        return [.. ordered.Select(array => array.Value)];
    }

    private static long RequireNoGaps(IReadOnlyList<TensorEntry> entries, ReadBudget budget, ReadPath path)
    {
        var end = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.Described.ByteLength))
        {
            path.Push(entry.Name);
            budget.TakeArray(entry.Described, path);
            if (entry.Start != end)
            {
                throw ReadError.Malformed("The bytes of two tensors overlap, or there is a gap between them.", path);
            }

            end += entry.Described.ByteLength;
            path.Pop();
        }

        return end;
    }

    private static void ReadTensor(Stream stream, NDArray array, string name, ReadPath path)
    {
        path.Push(name);
        Bytes.Fill(stream, array.Bytes, path);
        if (!RawBytes.AreValid(array))
        {
            throw ReadError.Malformed("A boolean is neither 0 nor 1.", path);
        }

        path.Pop();
    }

    private static void WriteHeader(Utf8JsonWriter writer, KeyValuePair<string, NDArray>[] arrays)
    {
        var start = 0L;
        writer.WriteStartObject();
        foreach (var (name, array) in arrays)
        {
            writer.WriteStartObject(name);
            writer.WriteString("dtype"u8, array.Dtype.SafetensorsName() ?? throw NoName(array.Dtype));
            writer.WriteStartArray("shape"u8);
            foreach (var dimension in array.Shape)
            {
                writer.WriteNumberValue(dimension);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets"u8);
            writer.WriteNumberValue(start);
            start += array.ByteLength;
            writer.WriteNumberValue(start);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static EngineException NoName(DType dtype) =>
        new(ErrorCode.UnsupportedDtype, $"Safetensors files have no {dtype.Name()}; write an npz file.");
}
