using System.Text.Json;
using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>
/// Writes the elements of one array. Runs of elements are formatted into a small buffer and handed to the writer as one
/// raw value; the writer puts the comma between two runs.
/// </summary>
internal static class ElementWriter<T, TCodec>
    where T : unmanaged
    where TCodec : IElementCodec<T>
{
    private const int BufferBytes = 8192;

    public static void Write(Utf8JsonWriter writer, NDArray array, bool nested)
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        ReadOnlySpan<T> elements = array.AsSpan<T>();

        // An array without elements is one empty list: its outer dimensions may be as large as anything.
        if (nested && elements.Length > 0)
        {
            WriteNested(writer, array.Shape, elements, buffer);
        }
        else
        {
            WriteList(writer, elements, buffer);
        }
    }

    private static void WriteNested(
        Utf8JsonWriter writer,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<T> elements,
        Span<byte> buffer
    )
    {
        switch (shape.Length)
        {
            case 0:
                writer.WriteRawValue(buffer[..TCodec.Format(elements[0], buffer)], skipInputValidation: true);
                break;
            case 1:
                WriteList(writer, elements, buffer);
                break;
            default:
                writer.WriteStartArray();
                var stride = (int)(elements.Length / shape[0]);
                for (var i = 0; i < shape[0]; i++)
                {
                    WriteNested(writer, shape[1..], elements.Slice(i * stride, stride), buffer);
                }

                writer.WriteEndArray();
                break;
        }
    }

    private static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<T> elements, Span<byte> buffer)
    {
        writer.WriteStartArray();
        var length = 0;
        foreach (var element in elements)
        {
            if (length + TCodec.MaxLength + 1 > buffer.Length)
            {
                writer.WriteRawValue(buffer[..length], skipInputValidation: true);
                length = 0;
            }
            else if (length > 0)
            {
                buffer[length++] = (byte)',';
            }

            length += TCodec.Format(element, buffer[length..]);
        }

        if (length > 0)
        {
            writer.WriteRawValue(buffer[..length], skipInputValidation: true);
        }

        writer.WriteEndArray();
    }
}
