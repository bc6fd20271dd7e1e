using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Stored;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes what is known of stored arrays; never their elements.</summary>
internal static class StoredArrayJson
{
    public static void Write(Utf8JsonWriter json, StoredArray array)
    {
        json.WriteStartObject();
        json.WriteString("name", array.Name);
        json.WriteString("sha256", array.Sha256);
        json.WriteNumber("bytes", array.Bytes);
        json.WriteString("tree", array.Shapes.Structure.ToString());
        json.WriteStartArray("leaves");
        var paths = array.Shapes.Structure.KeyPaths();
        for (var i = 0; i < paths.Count; i++)
        {
            WriteLeaf(json, paths[i], array.Shapes.Leaves[i]);
        }

        json.WriteEndArray();
        json.WriteString("createdAt", array.CreatedAt.UtcDateTime);
        json.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter json, (IReadOnlyList<StoredArray> Page, string? Next) list)
    {
        json.WriteStartObject();
        json.WriteStartArray("arrays");
        foreach (var array in list.Page)
        {
            Write(json, array);
        }

        json.WriteEndArray();
        json.WriteString("nextCursor", list.Next);
        json.WriteEndObject();
    }

    private static void WriteLeaf(Utf8JsonWriter json, string path, ShapeDtypeStruct leaf)
    {
        json.WriteStartObject();
        json.WriteString("path", path);
        json.WriteString("dtype", leaf.Dtype.Name());
        json.WriteStartArray("shape");
        foreach (var size in leaf.Shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
