using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Encoding;

/// <summary>Reads one tree: the containers, and what its leaves are. Leaves go into one list in flatten order.</summary>
internal sealed partial class TreeJsonReader(string root, ReadLimits limits, bool dtypeOptional, bool references)
{
    private readonly ReadPath path = new(root);
    private readonly ReadBudget budget = new(limits);
    private readonly List<IArgumentLeaf> leaves = [];

    /// <summary>Reads the tree whose first token the reader is on, or before; leaves the reader on the last one.</summary>
    public PyTree<IArgumentLeaf> Read(ref Utf8JsonReader reader)
    {
        try
        {
            if (reader.TokenType is JsonTokenType.None or JsonTokenType.PropertyName)
            {
                JsonInput.Next(ref reader, path);
            }

            return new PyTree<IArgumentLeaf>(ReadNode(ref reader, 1), leaves);
        }
        catch (Exception exception)
        {
            foreach (var leaf in leaves)
            {
                (leaf as NDArray)?.Dispose();
            }

            throw exception switch
            {
                JsonException notJson => JsonInput.NotJson(notJson, reader.CurrentDepth, path),
                EngineException { Path: null } known => new EngineException(known.Code, known.Message, path.ToString()),
                _ => exception,
            };
        }
    }

    private TreeDef ReadNode(ref Utf8JsonReader reader, int depth)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, depth);
            case JsonTokenType.StartArray:
                return TreeDef.List(ReadItems(ref reader, depth));
            case JsonTokenType.Null:
                budget.TakeNode(0, path);
                return TreeDef.None;
            case JsonTokenType.String:
                return AddLeaf(new StaticValue(JsonInput.Text(ref reader, path)));
            case JsonTokenType.Number:
                return AddLeaf(new StaticValue(StaticNumber(ref reader)));
            case JsonTokenType.True:
            case JsonTokenType.False:
                return AddLeaf(new StaticValue(reader.TokenType == JsonTokenType.True));
            default:
                throw ReadError.Malformed($"A tree cannot begin with {JsonInput.Describe(reader.TokenType)}.", path);
        }
    }

    private TreeDef AddLeaf(IArgumentLeaf leaf)
    {
        leaves.Add(leaf);
        budget.TakeLeaf(path);
        return TreeDef.Leaf;
    }

    private object StaticNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var integer))
        {
            return integer;
        }

        var number = JsonNumber.ToDouble(JsonInput.Literal(ref reader));
        return double.IsFinite(number)
            ? number
            : throw ReadError.Malformed("The number is too large for a float64.", path);
    }

    private List<TreeDef> ReadItems(ref Utf8JsonReader reader, int depth)
    {
        budget.TakeNode(depth, path);
        var items = new List<TreeDef>();
        while (true)
        {
            JsonInput.Next(ref reader, path);
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return items;
            }

            path.Push(items.Count);
            items.Add(ReadNode(ref reader, depth + 1));
            path.Pop();
        }
    }

    // As long as all properties are those of an array, the object may be one, whatever their order: look ahead.
    private TreeDef ReadObject(ref Utf8JsonReader reader, int depth)
    {
        var ahead = reader;
        var parts = new LeafParts();
        NDArray? array = null;
        while (true)
        {
            JsonInput.Next(ref ahead, path);
            if (ahead.TokenType == JsonTokenType.EndObject)
            {
                break;
            }

            var part = LeafParts.Which(ref ahead);
            var name = ahead;
            JsonInput.Next(ref ahead, path);
            if (!LeafParts.Fits(part, ahead.TokenType))
            {
                return parts.IsArray ? throw NoPartOfArray(ref name) : ReadDict(ref reader, depth);
            }

            if (!parts.TryAdd(part, ahead))
            {
                throw ReadError.Malformed("A property is there twice, or both data and base64 are.", path);
            }

            if (parts.IsArray && (part & (LeafPart.Data | LeafPart.Base64)) != 0)
            {
                array = ReadArray(ref ahead, ref parts);
            }
            else
            {
                ahead.Skip();
            }
        }

        if (!parts.IsArray && !(dtypeOptional && parts.Found == LeafPart.Shape))
        {
            return ReadDict(ref reader, depth);
        }

        reader = ahead;
        if (array is null && (parts.Found & (LeafPart.Data | LeafPart.Base64)) != 0)
        {
            var elements = parts.Elements;
            array = ReadArray(ref elements, ref parts);
        }

        if (array is null)
        {
            AddLeaf(ReadShapeOnly(ref parts));
        }

        return TreeDef.Leaf;
    }

    private IArgumentLeaf ReadShapeOnly(ref LeafParts parts)
    {
        if (parts.IsArray)
        {
            var described = Describe(ref parts);
            return dtypeOptional ? new PartialShape(described.Dtype, described.Shape) : described;
        }

        path.Push(TreeWords.Shape);
        var shape = ArrayLeafReader.ReadShape(ref parts.Shape, path);
        path.Pop();
        return new PartialShape(null, shape);
    }

    private ShapeDtypeStruct Describe(ref LeafParts parts)
    {
        var dtypeReader = parts.Dtype;
        var shapeReader = parts.Shape;
        path.Push(TreeWords.Dtype);
        var dtype = ArrayLeafReader.ReadDtype(ref dtypeReader, path);
        path.Pop();
        path.Push(TreeWords.Shape);
        var shape = ArrayLeafReader.ReadShape(ref shapeReader, path);
        var described = new ShapeDtypeStruct(dtype, shape);
        path.Pop();
        return described;
    }

    private NDArray ReadArray(ref Utf8JsonReader elements, ref LeafParts parts)
    {
        var described = Describe(ref parts);
        var isBase64 = (parts.Found & LeafPart.Base64) != 0;
        budget.TakeArray(described, path);
        path.Push(isBase64 ? TreeWords.Base64 : TreeWords.Data);
        var array = isBase64
            ? ArrayLeafReader.ReadBase64(ref elements, described, path)
            : ArrayJson.Read(ref elements, described, path);
        path.Pop();
        AddLeaf(array);
        return array;
    }
}
