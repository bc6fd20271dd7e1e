using System.Text.Json;
using Torch2Jax.Arrays;

namespace Torch2Jax.WebApi.V2;

/// <summary>A tensor of a model's metadata; -1 is a dimension that varies.</summary>
internal sealed record TensorMetadata(string Name, string Datatype, long[] Shape)
{
    /// <summary>What is said where nothing is known.</summary>
    public static TensorMetadata Unknown(string name) => new(name, "FP32", [-1]);

    public static TensorMetadata Of(string name, ShapeDtypeStruct shape) =>
        new(name, shape.Dtype.OipName() ?? shape.Dtype.Name(), [.. shape.Shape]);

    /// <summary>The same tensor as another call had it: what differs becomes -1.</summary>
    public TensorMetadata Joined(TensorMetadata other) =>
        Shape.Length == other.Shape.Length
            ? this with
            {
                Shape = [.. Shape.Zip(other.Shape, (a, b) => a == b ? a : -1)],
            }
            : this with
            {
                Shape = [-1],
            };
}

/// <summary>A model's metadata.</summary>
internal sealed record ModelMetadata(
    string Name,
    IReadOnlyList<int> Versions,
    IReadOnlyList<TensorMetadata> Inputs,
    IReadOnlyList<TensorMetadata> Outputs
)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteStartArray("versions");
        foreach (var version in Versions)
        {
            json.WriteStringValue($"{version}");
        }

        json.WriteEndArray();
        json.WriteString("platform", "pytorch_torchscript");
        WriteTensors(json, "inputs", Inputs);
        WriteTensors(json, "outputs", Outputs);
        json.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter json, string name, IReadOnlyList<TensorMetadata> tensors)
    {
        json.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("datatype", tensor.Datatype);
            json.WriteStartArray("shape");
            foreach (var size in tensor.Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
