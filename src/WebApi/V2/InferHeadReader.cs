using System.Text.Json;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>Reads the JSON part of an inference request. Unknown fields are skipped, as the protocol wants.</summary>
internal static class InferHeadReader
{
    private const int MaxTensors = 10_000;

    /// <exception cref="JsonException">It is not JSON.</exception>
    public static InferHead Read(ReadOnlySpan<byte> json)
    {
        var head = new InferHead();
        var given = false;
        var reader = JsonFields.OpenObject(json);
        while (JsonFields.NextField(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
            {
                head.Id = JsonFields.Text(ref reader, "id");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                ReadParameters(ref reader, head);
            }
            else if (reader.ValueTextEquals("inputs"u8))
            {
                given = true;
                Each(ref reader, "inputs", head.Inputs, ReadInput);
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                head.Outputs = [];
                Each(ref reader, "outputs", head.Outputs, ReadOutput);
            }
            else
            {
                reader.Skip();
            }
        }

        return given
            ? head
            : throw JsonFields.Malformed("The field is missing: an array with one object a tensor.", "inputs");
    }

    private delegate T ReadItem<T>(ref Utf8JsonReader reader, string path);

    private static void Each<T>(ref Utf8JsonReader reader, string path, List<T> into, ReadItem<T> read)
    {
        Enter(ref reader, JsonTokenType.StartArray, path);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var place = $"{path}[{into.Count}]";
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw JsonFields.Malformed("An object that describes a tensor was expected.", place);
            }

            if (into.Count == MaxTensors)
            {
                throw new Errors.EngineException(
                    Errors.ErrorCode.PayloadTooLarge,
                    $"More than {MaxTensors} tensors.",
                    path
                );
            }

            into.Add(read(ref reader, place));
        }
    }

    private static InferInput ReadInput(ref Utf8JsonReader reader, string path)
    {
        var input = new InferInput();
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                input.Name = JsonFields.Text(ref reader, $"{path}.name");
            }
            else if (reader.ValueTextEquals("datatype"u8))
            {
                input.Datatype = JsonFields.Text(ref reader, $"{path}.datatype");
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                input.Shape = ReadShape(ref reader, $"{path}.shape");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                input.BinarySize = ReadBinarySize(ref reader, $"{path}.parameters");
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                input.Data = start..(int)reader.BytesConsumed;
            }
            else
            {
                reader.Skip();
            }
        }

        return input;
    }

    private static InferOutput ReadOutput(ref Utf8JsonReader reader, string path)
    {
        string? name = null;
        bool? binary = null;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                name = JsonFields.Text(ref reader, $"{path}.name");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                Enter(ref reader, JsonTokenType.StartObject, $"{path}.parameters");
                while (NextProperty(ref reader))
                {
                    if (reader.ValueTextEquals("binary_data"u8))
                    {
                        binary = JsonFields.Boolean(ref reader, $"{path}.parameters.binary_data");
                    }
                    else if (reader.ValueTextEquals("classification"u8))
                    {
                        throw JsonFields.Malformed(
                            "The classification extension is not offered; ask for the output itself.",
                            $"{path}.parameters.classification"
                        );
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return new InferOutput(name ?? throw JsonFields.Malformed("The field is missing.", $"{path}.name"), binary);
    }

    private static void ReadParameters(ref Utf8JsonReader reader, InferHead head)
    {
        Enter(ref reader, JsonTokenType.StartObject, "parameters");
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("binary_data_output"u8))
            {
                head.BinaryOutputs = JsonFields.Boolean(ref reader, "parameters.binary_data_output") ?? false;
            }
            else if (reader.ValueTextEquals("timeout"u8))
            {
                var micros = JsonFields.Integer(ref reader, "parameters.timeout");
                head.DeadlineMs = micros is > 0 ? (int)Math.Min(int.MaxValue, (micros.Value + 999) / 1000) : null;
            }
            else
            {
                ReadParameter(ref reader, head.Parameters);
            }
        }
    }

    private static void ReadParameter(ref Utf8JsonReader reader, Dictionary<string, object> into)
    {
        var name = reader.ValueIsEscaped ? null : System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
        var before = reader;
        reader.Read();
        object? value = reader.TokenType switch
        {
            JsonTokenType.String => JsonFields.Text(ref before, "parameters"),
            JsonTokenType.Number => reader.TryGetInt64(out var integer) ? (object)integer : reader.GetDouble(),
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => null,
        };
        reader.Skip();
        if (name is not null && value is not null)
        {
            into[name] = value;
        }
    }

    private static long? ReadBinarySize(ref Utf8JsonReader reader, string path)
    {
        long? size = null;
        Enter(ref reader, JsonTokenType.StartObject, path);
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("binary_data_size"u8))
            {
                size = JsonFields.Integer(ref reader, $"{path}.binary_data_size");
            }
            else if (reader.ValueTextEquals("shared_memory_region"u8))
            {
                throw JsonFields.Malformed("The shared memory extensions are not offered; send the data.", path);
            }
            else
            {
                reader.Skip();
            }
        }

        return size;
    }

    private static List<long> ReadShape(ref Utf8JsonReader reader, string path)
    {
        var shape = new List<long>(4);
        Enter(ref reader, JsonTokenType.StartArray, path);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0)
            {
                throw JsonFields.Malformed("A shape is an array of integers from 0 on.", path);
            }

            shape.Add(size);
        }

        return shape;
    }

    private static bool NextProperty(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }

        JsonFields.CheckName(ref reader);
        return true;
    }

    private static void Enter(ref Utf8JsonReader reader, JsonTokenType expected, string path)
    {
        reader.Read();
        if (reader.TokenType != expected)
        {
            throw JsonFields.Malformed(
                $"{JsonFields.Describe(reader.TokenType)} was given; {JsonFields.Describe(expected)} was expected.",
                path
            );
        }
    }
}
