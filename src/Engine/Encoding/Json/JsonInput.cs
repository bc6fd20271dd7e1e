using System.Buffers;
using System.Text.Json;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>What the readers of JSON have in common: tokens, texts and errors with a path.</summary>
internal static class JsonInput
{
    /// <summary>The next token, which must exist.</summary>
    public static void Next(ref Utf8JsonReader reader, ReadPath path)
    {
        if (!reader.Read())
        {
            throw ReadError.Malformed("The JSON ends too early.", path);
        }
    }

    /// <summary>A string or a property's name, without U+0000 and lone surrogates.</summary>
    public static string Text(ref Utf8JsonReader reader, ReadPath path)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A text is not valid UTF-8, or holds a lone surrogate.",
                path.ToString(),
                exception
            );
        }

        return text.Contains('\0') ? throw ReadError.Malformed("A text holds U+0000.", path) : text;
    }

    /// <summary>Whether a string or name is that text; false for one that is no valid text.</summary>
    public static bool TextEquals(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8Text)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueTextEquals(utf8Text);
        }

        try
        {
            return reader.ValueTextEquals(utf8Text);
        }
        catch (InvalidOperationException)
        {
            return false; // a lone surrogate, which whoever takes the text refuses
        }
    }

    /// <summary>The bytes of a number.</summary>
    public static ReadOnlySpan<byte> Literal(ref Utf8JsonReader reader) =>
        reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;

    /// <summary>What a token is, in words.</summary>
    public static string Describe(JsonTokenType token) =>
        token switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.EndArray => "the end of a list",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            JsonTokenType.Null => "null",
            _ => "something else",
        };

    /// <summary>The error of a JSON text that is none, or that is nested too deep to be read.</summary>
    public static EngineException NotJson(JsonException exception, int depth, ReadPath path) =>
        depth >= TreeJson.MaxJsonDepth - 1
            ? new(ErrorCode.PayloadTooLarge, "The JSON is nested too deep.", path.ToString(), exception)
            : new(ErrorCode.MalformedRequest, $"This is not JSON: {exception.Message}", path.ToString(), exception);
}
