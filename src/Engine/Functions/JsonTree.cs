using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Small trees in JSON, as docs and database hold them: lists, dicts, null and <c>{"$tuple": [...]}</c> around leaves that
/// the caller reads and writes.
/// </summary>
internal static class JsonTree
{
    private const string TupleKey = "$tuple";

    /// <summary>Writes a tree.</summary>
    public static void Write<T>(Utf8JsonWriter writer, PyTree<T> tree, Action<Utf8JsonWriter, T> writeLeaf)
    {
        switch (tree.Structure.Kind)
        {
            case TreeKind.Leaf:
                writeLeaf(writer, tree.Leaves[0]);
                break;
            case TreeKind.None:
                writer.WriteNullValue();
                break;
            case TreeKind.List:
                WriteItems(writer, tree, writeLeaf);
                break;
            case TreeKind.Tuple or TreeKind.NamedTuple:
                writer.WriteStartObject();
                writer.WritePropertyName(TupleKey);
                WriteItems(writer, tree, writeLeaf);
                writer.WriteEndObject();
                break;
            default:
                WriteDict(writer, tree, writeLeaf);
                break;
        }
    }

    /// <summary>Texts of trees within their own limit of depth: a level of the tree is up to two of the text.</summary>
    public static readonly JsonDocumentOptions Depth = new() { MaxDepth = 1000 };

    /// <summary>Reads a tree.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="path">Where it stands, for errors.</param>
    /// <param name="readLeaf">Gives false where the element is no leaf; throws where it is a wrong one.</param>
    public static PyTree<T> Read<T>(JsonElement element, string path, ReadLeaf<T> readLeaf)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return PyTree.None<T>();
        }

        if (readLeaf(element, path, out var leaf))
        {
            return PyTree.Leaf(leaf);
        }

        return element.ValueKind switch
        {
            JsonValueKind.Array => PyTree.List(ReadItems(element, path, readLeaf)),
            JsonValueKind.Object when element.TryGetProperty(TupleKey, out var items) => ReadTuple(
                element,
                items,
                path,
                readLeaf
            ),
            JsonValueKind.Object => PyTree.Dict(
                element
                    .EnumerateObject()
                    .Select(p =>
                        KeyValuePair.Create(ReadKey(p.Name, path), Read(p.Value, $"{path}.{p.Name}", readLeaf))
                    )
            ),
            _ => throw Malformed(
                $"{path} is {Kind(element)}; a tree of leaves, lists, dicts and null belongs here.",
                path
            ),
        };
    }

    /// <summary>What a JSON value is, in words.</summary>
    public static string Kind(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => "an array",
            JsonValueKind.Object => "an object",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            _ => "null",
        };

    /// <summary>An error about the JSON at a place.</summary>
    public static EngineException Malformed(string message, string path) =>
        new(ErrorCode.MalformedRequest, message, path);

    private static PyTree<T> ReadTuple<T>(JsonElement element, JsonElement items, string path, ReadLeaf<T> readLeaf)
    {
        if (items.ValueKind != JsonValueKind.Array || element.EnumerateObject().Count() != 1)
        {
            throw Malformed(
                $"{path}: a tuple is written as an object whose one key is \"$tuple\", over an array.",
                path
            );
        }

        return PyTree.Tuple(ReadItems(items, path, readLeaf));
    }

    private static PyTree<T>[] ReadItems<T>(JsonElement items, string path, ReadLeaf<T> readLeaf) =>
        [.. items.EnumerateArray().Select((item, i) => Read(item, $"{path}[{i}]", readLeaf))];

    private static void WriteItems<T>(Utf8JsonWriter writer, PyTree<T> tree, Action<Utf8JsonWriter, T> writeLeaf)
    {
        writer.WriteStartArray();
        foreach (var child in tree.Children)
        {
            Write(writer, child, writeLeaf);
        }

        writer.WriteEndArray();
    }

    private static void WriteDict<T>(Utf8JsonWriter writer, PyTree<T> tree, Action<Utf8JsonWriter, T> writeLeaf)
    {
        var keys = tree.Structure.Keys;
        var looksLikeLeaf = keys.Contains("shape");
        writer.WriteStartObject();
        for (var i = 0; i < keys.Length; i++)
        {
            // A dict that could be taken for an array leaf is told apart by its escaped key.
            var escape = keys[i].StartsWith('$') || (looksLikeLeaf && keys[i] is "dtype" or "shape");
            writer.WritePropertyName(escape ? "$" + keys[i] : keys[i]);
            Write(writer, tree[i], writeLeaf);
        }

        writer.WriteEndObject();
    }

    private static string ReadKey(string name, string path)
    {
        if (!name.StartsWith('$'))
        {
            return name;
        }

        return name.StartsWith("$$", StringComparison.Ordinal) || name is "$dtype" or "$shape"
            ? name[1..]
            : throw Malformed(
                $"{path}: keys that begin with '$' are reserved; a dict key that does is written with one more, '${name}'.",
                path
            );
    }
}

/// <summary>Reads a leaf; false where the element is none.</summary>
internal delegate bool ReadLeaf<T>(JsonElement element, string path, out T leaf);
