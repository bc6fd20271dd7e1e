using System.Text.Json;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>Reads the JSON values of request objects, and says in which field a value is wrong.</summary>
internal static class JsonFields
{
    // Trees have their own limit, with a text of its own; the reader's is only there to be above it.
    private static readonly JsonReaderOptions Options = TreeJson.ReaderOptions;

    /// <summary>The text without the byte order mark that some clients put before it.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> body) =>
        body.StartsWith(System.Text.Encoding.UTF8.Preamble) ? body[System.Text.Encoding.UTF8.Preamble.Length..] : body;

    /// <summary>A reader that stands on the object's opening brace.</summary>
    /// <exception cref="EngineException">The body is empty or not an object.</exception>
    public static Utf8JsonReader OpenObject(ReadOnlySpan<byte> body)
    {
        body = WithoutMark(body);
        if (body.IsEmpty)
        {
            throw Malformed("The body is empty; a JSON object was expected.", null);
        }

        var reader = new Utf8JsonReader(body, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Malformed($"The body is {Describe(reader.TokenType)}; a JSON object was expected.", null);
        }

        return reader;
    }

    /// <summary>Moves to the next property's value; false at the end of the object and of the body.</summary>
    public static bool NextField(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            CheckName(ref reader);
            return true;
        }

        if (reader.CurrentDepth == 0)
        {
            // Anything but white space behind the object is an error that the reader raises.
            reader.Read();
        }

        return false;
    }

    /// <summary>Refuses a name that is no text; whoever compares it with another need not expect that.</summary>
    public static void CheckName(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped && SafeText(ref reader) is null)
        {
            throw Malformed("The name of a field holds a lone surrogate.", null);
        }
    }

    /// <summary>Notes that a field came, and refuses it a second time.</summary>
    public static void Once(ref uint seen, int field, string name)
    {
        if ((seen & (1u << field)) != 0)
        {
            throw Malformed("The field is given twice.", name);
        }

        seen |= 1u << field;
    }

    public static EngineException UnknownField(ref Utf8JsonReader reader, string known)
    {
        var name = SafeText(ref reader) ?? "?";
        return Malformed($"There is no field of this name; the fields are {known}.", name);
    }

    /// <summary>A text without U+0000 or a lone surrogate; null for null.</summary>
    public static string? Text(ref Utf8JsonReader reader, string path)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Malformed($"{Describe(reader.TokenType)} was given; a string was expected.", path);
        }

        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Malformed("The text holds a lone surrogate or is not UTF-8.", path, error);
        }

        return text.Contains('\0', StringComparison.Ordinal) ? throw Malformed("The text holds U+0000.", path) : text;
    }

    /// <summary>An integer; null for null.</summary>
    public static long? Integer(ref Utf8JsonReader reader, string path)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.Number when reader.TryGetInt64(out var number) => number,
            JsonTokenType.Number => throw Malformed("An integer of 64 bits was expected.", path),
            _ => throw Malformed($"{Describe(reader.TokenType)} was given; an integer was expected.", path),
        };
    }

    /// <summary>A boolean; null for null.</summary>
    public static bool? Boolean(ref Utf8JsonReader reader, string path)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Malformed($"{Describe(reader.TokenType)} was given; a boolean was expected.", path),
        };
    }

    /// <summary>A small part as a document of its own; null for null.</summary>
    public static JsonElement? Element(ref Utf8JsonReader reader, string path)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        using var document = JsonDocument.ParseValue(ref reader);
        CheckTexts(document.RootElement, path);
        return document.RootElement.Clone();
    }

    // Whoever reads the element may then take its texts and names without further ado.
    private static void CheckTexts(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    CheckText(() => property.Name, path);
                    CheckTexts(property.Value, path);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    CheckTexts(item, path);
                }

                break;
            case JsonValueKind.String:
                CheckText(() => element.GetString()!, path);
                break;
        }
    }

    private static string CheckText(Func<string> text, string path)
    {
        try
        {
            var read = text();
            return read.Contains('\0', StringComparison.Ordinal) ? throw Malformed("A text holds U+0000.", path) : read;
        }
        catch (InvalidOperationException error)
        {
            throw Malformed("A text holds a lone surrogate or is not UTF-8.", path, error);
        }
    }

    public static string Describe(JsonTokenType type) =>
        type switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            JsonTokenType.Null => "null",
            _ => "something else",
        };

    public static EngineException Malformed(string text, string? path, Exception? cause = null) =>
        new(ErrorCode.MalformedRequest, text, path, cause);

    /// <summary>What the JSON reader did not like, without its internal position texts.</summary>
    public static EngineException NotJson(JsonException error) =>
        Malformed(
            $"The body is not JSON, or is cut short: line {(error.LineNumber ?? 0) + 1}, byte {(error.BytePositionInLine ?? 0) + 1}.",
            null,
            error
        );

    private static string? SafeText(ref Utf8JsonReader reader)
    {
        try
        {
            var name = reader.GetString()!;
            return name.Length <= 100 ? name : name[..100];
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
