using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Encoding;

/// <summary>Writes the containers of a tree, and its leaves as they come.</summary>
internal static class TreeJsonWriter
{
    public static void Write<T>(Utf8JsonWriter writer, PyTree<T> tree, Action<Utf8JsonWriter, T> writeLeaf)
    {
        var nextLeaf = 0;
        WriteNode(writer, tree.Structure, tree, writeLeaf, ref nextLeaf);
    }

    public static void WriteShape(Utf8JsonWriter writer, ShapeDtypeStruct described)
    {
        writer.WriteStartObject();
        WriteDescription(writer, described.Dtype, described.Shape.AsSpan());
        writer.WriteEndObject();
    }

    public static void WriteArray(Utf8JsonWriter writer, NDArray array, ArrayEncoding encoding)
    {
        writer.WriteStartObject();
        WriteDescription(writer, array.Dtype, array.Shape);
        writer.WritePropertyName(encoding == ArrayEncoding.Base64 ? "base64"u8 : "data"u8);
        ArrayJson.Write(writer, array, encoding);
        writer.WriteEndObject();
    }

    public static void WriteArgument(Utf8JsonWriter writer, IArgumentLeaf leaf, ArrayEncoding encoding)
    {
        switch (leaf)
        {
            case NDArray array:
                WriteArray(writer, array, encoding);
                break;
            case ShapeDtypeStruct described:
                WriteShape(writer, described);
                break;
            case ArrayReference reference:
                writer.WriteStartObject();
                writer.WriteString(TreeWords.Reference, reference.ToString());
                writer.WriteEndObject();
                break;
            case StaticValue { Value: long number }:
                writer.WriteNumberValue(number);
                break;
            case StaticValue { Value: double number } when double.IsFinite(number):
                WriteFloat(writer, number);
                break;
            case StaticValue { Value: double number }:
                writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case StaticValue { Value: bool truth }:
                writer.WriteBooleanValue(truth);
                break;
            case StaticValue { Value: string text }:
                writer.WriteStringValue(text);
                break;
            default:
                throw new ArgumentException($"A leaf of type {leaf.GetType()} is no argument.", nameof(leaf));
        }
    }

    public static void WritePartialShape(Utf8JsonWriter writer, PartialShape described)
    {
        writer.WriteStartObject();
        WriteDescription(writer, described.Dtype, described.Shape.AsSpan());
        writer.WriteEndObject();
    }

    // 3.0 must not come back as the integer 3.
    private static void WriteFloat(Utf8JsonWriter writer, double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        writer.WriteRawValue(text.AsSpan().ContainsAny(".eE") ? text : text + ".0");
    }

    private static void WriteDescription(Utf8JsonWriter writer, DType? dtype, ReadOnlySpan<long> shape)
    {
        if (dtype is { } known)
        {
            writer.WriteString("dtype"u8, known.Name());
        }

        writer.WriteStartArray("shape"u8);
        foreach (var dimension in shape)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
    }

    private static void WriteNode<T>(
        Utf8JsonWriter writer,
        TreeDef node,
        PyTree<T> tree,
        Action<Utf8JsonWriter, T> writeLeaf,
        ref int nextLeaf
    )
    {
        switch (node.Kind)
        {
            case TreeKind.Leaf:
                writeLeaf(writer, tree.LeafSpan[nextLeaf++]);
                break;
            case TreeKind.None:
                writer.WriteNullValue();
                break;
            case TreeKind.Dict:
            case TreeKind.OrderedDict:
                writer.WriteStartObject();
                var looksLikeArray = TreeWords.LooksLikeArray(node.Keys);
                for (var i = 0; i < node.Children.Length; i++)
                {
                    writer.WritePropertyName(TreeWords.Escape(node.Keys[i], looksLikeArray));
                    WriteNode(writer, node.Children[i], tree, writeLeaf, ref nextLeaf);
                }

                writer.WriteEndObject();
                break;
            case TreeKind.List:
                WriteItems(writer, node, tree, writeLeaf, ref nextLeaf);
                break;
            default:
                // A named tuple comes out as a tuple.
                writer.WriteStartObject();
                writer.WritePropertyName("$tuple"u8);
                WriteItems(writer, node, tree, writeLeaf, ref nextLeaf);
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteItems<T>(
        Utf8JsonWriter writer,
        TreeDef node,
        PyTree<T> tree,
        Action<Utf8JsonWriter, T> writeLeaf,
        ref int nextLeaf
    )
    {
        writer.WriteStartArray();
        foreach (var child in node.Children)
        {
            WriteNode(writer, child, tree, writeLeaf, ref nextLeaf);
        }

        writer.WriteEndArray();
    }
}
