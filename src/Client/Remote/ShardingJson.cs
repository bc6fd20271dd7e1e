using System.Text.Json;
using Torch2Jax.Sharding;

namespace Torch2Jax.Client;

/// <summary>Writes a sharding as the REST contract has it.</summary>
internal static class ShardingJson
{
    public static void Write(Utf8JsonWriter json, ShardingSpec sharding)
    {
        json.WriteStartObject();
        json.WriteStartObject("mesh");
        WriteTexts(json, "axisNames", sharding.Mesh.AxisNames);
        json.WriteStartArray("shape");
        foreach (var size in sharding.Mesh.Shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        if (sharding.Mesh.Devices is { } devices)
        {
            WriteTexts(json, "devices", devices);
        }

        json.WriteEndObject();
        json.WriteStartArray("inSpecs");
        foreach (var spec in sharding.InSpecs)
        {
            SmallTree.Write(json, spec, WriteSpec);
        }

        json.WriteEndArray();
        if (sharding.OutSpecs is { } outSpecs)
        {
            json.WritePropertyName("outSpecs");
            SmallTree.Write(json, outSpecs, WriteSpec);
        }

        json.WriteEndObject();
    }

    // Always in the form that cannot be taken for a list of trees.
    private static void WriteSpec(Utf8JsonWriter json, PartitionSpec? spec)
    {
        if (spec is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteStartArray("$spec");
        foreach (var axes in spec.Dimensions)
        {
            switch (axes.Length)
            {
                case 0:
                    json.WriteNullValue();
                    break;
                case 1:
                    json.WriteStringValue(axes[0]);
                    break;
                default:
                    json.WriteStartArray();
                    foreach (var axis in axes)
                    {
                        json.WriteStringValue(axis);
                    }

                    json.WriteEndArray();
                    break;
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
