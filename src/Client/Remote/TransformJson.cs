using System.Text.Json;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Writes transforms as the REST contract has them.</summary>
internal static class TransformJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Transform> transforms)
    {
        json.WriteStartArray();
        foreach (var transform in transforms)
        {
            json.WriteStartObject();
            json.WriteStartObject(transform.Name);
            WriteOptions(json, transform);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOptions(Utf8JsonWriter json, Transform transform)
    {
        switch (transform)
        {
            case Grad grad:
                WriteArgnums(json, grad.Argnums);
                json.WriteBoolean("hasAux", grad.HasAux);
                break;
            case ValueAndGrad grad:
                WriteArgnums(json, grad.Argnums);
                json.WriteBoolean("hasAux", grad.HasAux);
                break;
            case Jacrev jacobian:
                WriteArgnums(json, jacobian.Argnums);
                break;
            case Jacfwd jacobian:
                WriteArgnums(json, jacobian.Argnums);
                break;
            case Hessian hessian:
                WriteArgnums(json, hessian.Argnums);
                break;
            case Vmap vmap:
                WriteVmap(json, vmap);
                break;
        }
    }

    private static void WriteArgnums(Utf8JsonWriter json, Argnums argnums)
    {
        json.WritePropertyName("argnums");
        if (argnums.IsSingle)
        {
            json.WriteNumberValue(argnums.Positions[0]);
            return;
        }

        json.WriteStartArray();
        foreach (var position in argnums.Positions)
        {
            json.WriteNumberValue(position);
        }

        json.WriteEndArray();
    }

    private static void WriteVmap(Utf8JsonWriter json, Vmap vmap)
    {
        json.WritePropertyName("inAxes");
        if (vmap.InAxes is { } each)
        {
            json.WriteStartArray();
            foreach (var axes in each)
            {
                SmallTree.Write(json, axes, WriteAxis);
            }

            json.WriteEndArray();
        }
        else
        {
            WriteAxis(json, vmap.InAxis);
        }

        json.WritePropertyName("outAxes");
        SmallTree.Write(json, vmap.OutAxes, WriteAxis);
        if (vmap.AxisSize is { } size)
        {
            json.WriteNumber("axisSize", size);
        }

        if (vmap.Method is { } method)
        {
            json.WriteString("method", method);
        }
    }

    private static void WriteAxis(Utf8JsonWriter json, int? axis)
    {
        if (axis is { } number)
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
