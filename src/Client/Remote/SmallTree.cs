using System.Text.Json;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Writes trees of axes, specs and booleans.</summary>
internal static class SmallTree
{
    public static void Write<T>(Utf8JsonWriter json, PyTree<T> tree, Action<Utf8JsonWriter, T> writeLeaf)
    {
        switch (tree.Structure.Kind)
        {
            case TreeKind.Leaf:
                writeLeaf(json, tree.Leaves[0]);
                break;
            case TreeKind.None:
                json.WriteNullValue();
                break;
            case TreeKind.List:
                WriteItems(json, tree, writeLeaf);
                break;
            case TreeKind.Dict or TreeKind.OrderedDict:
                json.WriteStartObject();
                for (var i = 0; i < tree.Structure.Keys.Length; i++)
                {
                    var key = tree.Structure.Keys[i];
                    json.WritePropertyName(key.StartsWith('$') ? "$" + key : key);
                    Write(json, tree[i], writeLeaf);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteStartObject();
                json.WritePropertyName("$tuple");
                WriteItems(json, tree, writeLeaf);
                json.WriteEndObject();
                break;
        }
    }

    private static void WriteItems<T>(Utf8JsonWriter json, PyTree<T> tree, Action<Utf8JsonWriter, T> writeLeaf)
    {
        json.WriteStartArray();
        foreach (var child in tree.Children)
        {
            Write(json, child, writeLeaf);
        }

        json.WriteEndArray();
    }
}
