using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>The properties of an array leaf.</summary>
[Flags]
internal enum LeafPart
{
    None = 0,
    Dtype = 1,
    Shape = 2,
    Data = 4,
    Base64 = 8,
}

/// <summary>Where the properties of an object begin that may be an array leaf: readers left on their first tokens.</summary>
internal ref struct LeafParts
{
    public Utf8JsonReader Dtype;
    public Utf8JsonReader Shape;
    public Utf8JsonReader Elements;

    public LeafPart Found { get; private set; }

    /// <summary>Whether the object is an array leaf: a dtype that is a string, a shape that is a list.</summary>
    public readonly bool IsArray => (Found & (LeafPart.Dtype | LeafPart.Shape)) == (LeafPart.Dtype | LeafPart.Shape);

    /// <summary>Which part a property is; None where an array leaf has no such property.</summary>
    public static LeafPart Which(ref Utf8JsonReader name) =>
        JsonInput.TextEquals(ref name, "dtype"u8) ? LeafPart.Dtype
        : JsonInput.TextEquals(ref name, "shape"u8) ? LeafPart.Shape
        : JsonInput.TextEquals(ref name, "data"u8) ? LeafPart.Data
        : JsonInput.TextEquals(ref name, "base64"u8) ? LeafPart.Base64
        : LeafPart.None;

    /// <summary>Whether a value may be that of the part.</summary>
    public static bool Fits(LeafPart part, JsonTokenType value) =>
        part switch
        {
            LeafPart.Dtype => value == JsonTokenType.String,
            LeafPart.Shape => value == JsonTokenType.StartArray,
            LeafPart.Data => value is not (JsonTokenType.StartObject or JsonTokenType.Null),
            LeafPart.Base64 => value == JsonTokenType.String,
            _ => false,
        };

    /// <summary>Remembers a part; false where it, or the other form of the elements, is there already.</summary>
    public bool TryAdd(LeafPart part, in Utf8JsonReader value)
    {
        const LeafPart elements = LeafPart.Data | LeafPart.Base64;
        if ((Found & part) != 0 || ((part & elements) != 0 && (Found & elements) != 0))
        {
            return false;
        }

        Found |= part;
        switch (part)
        {
            case LeafPart.Dtype:
                Dtype = value;
                break;
            case LeafPart.Shape:
                Shape = value;
                break;
            default:
                Elements = value;
                break;
        }

        return true;
    }
}
