using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Encoding;

/// <summary>Objects that are no arrays: dicts and tuples.</summary>
internal sealed partial class TreeJsonReader
{
    private TreeDef ReadDict(ref Utf8JsonReader reader, int depth)
    {
        budget.TakeNode(depth, path);
        var (keys, children, firstLeaves) = (new List<string>(), new List<TreeDef>(), new List<int>());
        var unique = new HashSet<string>(StringComparer.Ordinal);
        var found = LeafPart.None;
        while (true)
        {
            JsonInput.Next(ref reader, path);
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                break;
            }

            var part = LeafParts.Which(ref reader);
            var property = JsonInput.Text(ref reader, path);
            JsonInput.Next(ref reader, path);
            path.Push(property);
            if (property == TreeWords.Tuple)
            {
                return keys.Count == 0 ? ReadTuple(ref reader, depth) : throw TupleNotAlone();
            }

            if (property == TreeWords.Reference)
            {
                return keys.Count == 0 ? ReadReference(ref reader) : throw ReferenceNotAlone();
            }

            var key = TreeWords.Unescape(property) ?? throw ReservedWord(property);
            if (!unique.Add(key))
            {
                throw ReadError.Malformed($"The key {PythonText.Repr(key)} is there twice.", path);
            }

            found |= LeafParts.Fits(part, reader.TokenType) ? part : LeafPart.None;
            keys.Add(key);
            firstLeaves.Add(leaves.Count);
            children.Add(ReadNode(ref reader, depth + 1));
            path.Pop();
        }

        if ((found & (LeafPart.Dtype | LeafPart.Shape)) == (LeafPart.Dtype | LeafPart.Shape))
        {
            throw NotOnlyAnArray(keys.Find(key => key is not (TreeWords.Dtype or TreeWords.Shape)) ?? TreeWords.Data);
        }

        return InKeyOrder(keys, children, firstLeaves);
    }

    private TreeDef ReadTuple(ref Utf8JsonReader reader, int depth)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ReadError.Malformed($"$tuple is a list, not {JsonInput.Describe(reader.TokenType)}.", path);
        }

        var items = ReadItems(ref reader, depth);
        JsonInput.Next(ref reader, path);
        if (reader.TokenType != JsonTokenType.EndObject)
        {
            throw TupleNotAlone();
        }

        path.Pop();
        return TreeDef.Tuple(items);
    }

    private TreeDef ReadReference(ref Utf8JsonReader reader)
    {
        if (!references)
        {
            throw ReadError.Malformed("No stored array may stand here; write the arrays themselves.", path);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw ReadError.Malformed(
                $"$ref is the name of a stored array, a string, not {JsonInput.Describe(reader.TokenType)}.",
                path
            );
        }

        var reference = ArrayReference.Parse(JsonInput.Text(ref reader, path), path.ToString());
        JsonInput.Next(ref reader, path);
        if (reader.TokenType != JsonTokenType.EndObject)
        {
            throw ReferenceNotAlone();
        }

        path.Pop();
        return AddLeaf(reference);
    }

    // Leaves came in the order of the text; a tree has them in the order of its keys.
    private TreeDef InKeyOrder(List<string> keys, List<TreeDef> children, List<int> firstLeaves)
    {
        var order = KeyOrder.Of(keys);
        if (order is not null)
        {
            var start = firstLeaves[0];
            var asRead = leaves.GetRange(start, leaves.Count - start);
            var next = start;
            foreach (var position in order)
            {
                for (var i = 0; i < children[position].LeafCount; i++)
                {
                    leaves[next++] = asRead[firstLeaves[position] - start + i];
                }
            }
        }

        return TreeDef.Dict(KeyOrder.Apply(order, keys), KeyOrder.Apply(order, children));
    }

    private EngineException NoPartOfArray(ref Utf8JsonReader name)
    {
        var property = JsonInput.Text(ref name, path);
        return property is TreeWords.Dtype or TreeWords.Shape or TreeWords.Data or TreeWords.Base64
            ? ReadError.Malformed(
                "An array has a dtype (a string), a shape (a list), and its elements as data (a list) or base64 (a string).",
                $"{path}.{property}"
            )
            : NotOnlyAnArray(property);
    }

    private EngineException NotOnlyAnArray(string property) =>
        ReadError.Malformed(
            "An object with a dtype (a string) and a shape (a list) is an array, which has no property "
                + $"{PythonText.Repr(property)}. A dict with those keys is written with \"$dtype\".",
            path
        );

    private EngineException TupleNotAlone() =>
        ReadError.Malformed("A $tuple is the only property of its object.", path);

    private EngineException ReferenceNotAlone() =>
        ReadError.Malformed("A $ref is the only property of its object: {\"$ref\":\"name\"}.", path);

    private EngineException ReservedWord(string property) =>
        ReadError.Malformed(
            $"{PythonText.Repr(property)} is reserved; a key that begins with $ is written with one more $.",
            path
        );
}
