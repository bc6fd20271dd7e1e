using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>Reads inference requests: JSON alone, or JSON and then the tensors' bytes (the binary tensor data extension).</summary>
internal sealed class InferReader(ApiContext api)
{
    public const string LengthHeader = "Inference-Header-Content-Length";

    public async ValueTask<InferRequest> ReadAsync(HttpContext context)
    {
        if (context.Request.Headers[LengthHeader] is [{ } text])
        {
            await using var body = BodyPipe.Open(context, api.Budget, api.Options.Limits);
            var length = HeadLength(text, body.Length);
            using var json = await body.ReadAsync(length, "the JSON part");
            return await ReadTensorsAsync(json, body);
        }

        using var whole = await RequestBody.ReadAsync(context, api.Budget, api.Options.Limits);
        return ReadJson(whole.Bytes);
    }

    private InferRequest ReadJson(ReadOnlySpan<byte> given)
    {
        var json = Parse(given, out var head);
        var request = new InferRequest(head, new NDArray[head.Inputs.Count]);
        try
        {
            var left = api.Reading.MaxTotalBytes;
            for (var i = 0; i < request.Tensors.Length; i++)
            {
                var input = head.Inputs[i];
                if (input.BinarySize is not null)
                {
                    throw JsonFields.Malformed(
                        $"binary_data_size needs the header {LengthHeader}.",
                        $"inputs[{i}].parameters"
                    );
                }

                request.Tensors[i] = ReadData(json, input, Describe(input, i, ref left), i);
            }

            return request;
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    private async ValueTask<InferRequest> ReadTensorsAsync(BodyBuffer buffer, BodyPipe body)
    {
        var quoted =
            Parse(buffer.Written, out var head) is var json && json.Length != buffer.Length ? json.ToArray() : null;
        var request = new InferRequest(head, new NDArray[head.Inputs.Count]);
        try
        {
            var left = api.Reading.MaxTotalBytes;
            for (var i = 0; i < request.Tensors.Length; i++)
            {
                var input = head.Inputs[i];
                var described = Describe(input, i, ref left);
                if (input.BinarySize is null)
                {
                    request.Tensors[i] = ReadData(
                        quoted ?? JsonFields.WithoutMark(buffer.Written),
                        input,
                        described,
                        i
                    );
                    continue;
                }

                CheckBinary(input, described, i);
                request.Tensors[i] = NDArray.Allocate(described);
                await body.FillAsync(request.Tensors[i], $"inputs[{i}]");
                Booleans.Check(request.Tensors[i], $"inputs[{i}]");
            }

            await body.EndAsync();
            return request;
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    // What Python writes bare (NaN, Infinity) is quoted, once it is clear that the text is not JSON as it is.
    private static ReadOnlySpan<byte> Parse(ReadOnlySpan<byte> given, out InferHead head)
    {
        var json = JsonFields.WithoutMark(given);
        try
        {
            head = InferHeadReader.Read(json);
            return json;
        }
        catch (JsonException error)
        {
            var quoted = BareNumbers.Quote(json) ?? throw JsonFields.NotJson(error);
            try
            {
                head = InferHeadReader.Read(quoted);
                return quoted;
            }
            catch (JsonException second)
            {
                throw JsonFields.NotJson(second);
            }
        }
    }

    private NDArray ReadData(ReadOnlySpan<byte> json, InferInput input, ShapeDtypeStruct described, int index)
    {
        if (input.Data is not { } range)
        {
            throw JsonFields.Malformed("The field is missing.", $"inputs[{index}].data");
        }

        var reader = new Utf8JsonReader(json[range], TreeJson.ReaderOptions);
        reader.Read();
        return ArrayJson.Read(ref reader, described, $"inputs[{index}].data", api.Reading);
    }

    private ShapeDtypeStruct Describe(InferInput input, int index, ref long left)
    {
        var path = $"inputs[{index}]";
        if (input.Name is null || input.Datatype is null || input.Shape is null)
        {
            var missing =
                input.Name is null ? "name"
                : input.Datatype is null ? "datatype"
                : "shape";
            throw JsonFields.Malformed("The field is missing.", $"{path}.{missing}");
        }

        if (!DTypes.TryParseOipName(input.Datatype, out var dtype))
        {
            throw JsonFields.Malformed(
                "The datatype is not known here; BOOL, INT8 to INT64, UINT8, FP16, BF16, FP32 and FP64 are.",
                $"{path}.datatype"
            );
        }

        if (!dtype.IsSupported())
        {
            // Throws with the list of what this libtorch has.
            DTypes.Parse(dtype.Name(), $"{path}.datatype");
        }

        var described = new ShapeDtypeStruct(dtype, input.Shape.ToArray());
        left -= described.ByteLength;
        return described.ByteLength <= api.Reading.MaxArrayBytes && left >= 0
            ? described
            : throw new EngineException(
                ErrorCode.PayloadTooLarge,
                "The tensor is over the limit of bytes.",
                $"{path}.shape"
            );
    }

    private static void CheckBinary(InferInput input, ShapeDtypeStruct described, int index)
    {
        if (input.Data is not null)
        {
            throw JsonFields.Malformed("A tensor has data or binary_data_size, not both.", $"inputs[{index}]");
        }

        if (input.BinarySize != described.ByteLength)
        {
            throw JsonFields.Malformed(
                $"binary_data_size is {input.BinarySize}; {described} has {described.ByteLength} bytes.",
                $"inputs[{index}].parameters.binary_data_size"
            );
        }
    }

    private static int HeadLength(string text, long? bodyLength)
    {
        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length > 0
            && !(length > bodyLength)
        )
        {
            return length;
        }

        throw JsonFields.Malformed(
            $"{LengthHeader} must be the number of bytes of the JSON part, from 1 to the length of the body.",
            null
        );
    }
}
