using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>An inference's answer: which outputs, in which form.</summary>
internal sealed class InferAnswer
{
    private readonly List<(string Name, NDArray Array, bool Binary)> outputs = [];
    private readonly InvocationResult result;
    private readonly string? id;

    /// <exception cref="EngineException">An output was asked for that is not there, or has no datatype in the protocol.</exception>
    public InferAnswer(InferHead head, InvocationResult result)
    {
        this.result = result;
        id = head.Id;
        var names = LeafNames.Of(result.Outputs.Structure);
        if (head.Outputs is null || head.Outputs.Count == 0)
        {
            for (var i = 0; i < names.Length; i++)
            {
                Add(names[i], result.Outputs.Leaves[i], head.BinaryOutputs);
            }

            return;
        }

        foreach (var asked in head.Outputs)
        {
            var index = Array.IndexOf(names, asked.Name);
            if (index < 0)
            {
                throw JsonFields.Malformed(
                    $"There is no output '{asked.Name}'; the outputs are {string.Join(", ", names)}.",
                    "outputs"
                );
            }

            Add(asked.Name, result.Outputs.Leaves[index], asked.Binary ?? head.BinaryOutputs);
        }
    }

    private bool IsBinary => outputs.Exists(output => output.Binary);

    public async Task WriteAsync(HttpContext context)
    {
        if (!IsBinary)
        {
            await JsonAnswer.WriteAsync(context, 200, this, static (json, answer) => answer.WriteHead(json));
            return;
        }

        using var head = new AnswerBuffer();
        using (var json = new Utf8JsonWriter(head, JsonAnswer.Options))
        {
            WriteHead(json);
        }

        var response = context.Response;
        var length = head.Length;
        response.Headers[InferReader.LengthHeader] = length.ToString(CultureInfo.InvariantCulture);
        response.ContentType = "application/octet-stream";
        response.ContentLength =
            length + outputs.Where(output => output.Binary).Sum(output => (long)output.Array.ByteLength);
        await head.SendAsync(response.BodyWriter, context.RequestAborted);
        foreach (var (_, array, binary) in outputs)
        {
            if (binary)
            {
                await ArraySender.SendAsync(response.BodyWriter, array, context.RequestAborted);
            }
        }
    }

    private void Add(string name, NDArray array, bool binary)
    {
        if (array.Dtype.OipName() is null)
        {
            throw new EngineException(
                ErrorCode.UnsupportedDtype,
                $"The output '{name}' is {array.Dtype.Name()}, for which the protocol has no datatype; call /api/functions instead."
            );
        }

        outputs.Add((name, array, binary));
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        var at = result.Function.LastIndexOf('@');
        json.WriteStartObject();
        json.WriteString("model_name", result.Function.AsSpan(0, at));
        json.WriteString("model_version", result.Function.AsSpan(at + 1));
        if (id is not null)
        {
            json.WriteString("id", id);
        }

        json.WriteStartArray("outputs");
        foreach (var (name, array, binary) in outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("datatype", array.Dtype.OipName());
            json.WriteStartArray("shape");
            foreach (var size in array.Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            if (binary)
            {
                json.WriteStartObject("parameters");
                json.WriteNumber("binary_data_size", array.ByteLength);
                json.WriteEndObject();
            }
            else
            {
                json.WritePropertyName("data");
                ArrayJson.Write(json, array, ArrayEncoding.Json);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
