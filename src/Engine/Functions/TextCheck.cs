using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>What no text may hold: U+0000 (the database refuses it) and lone surrogates (they are no UTF-8).</summary>
internal static class TextCheck
{
    /// <summary>Refuses such a text.</summary>
    public static void Check(string? text, string path)
    {
        for (var i = 0; text is not null && i < text.Length; i++)
        {
            var c = text[i];
            var pair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (c == '\0' || (char.IsSurrogate(c) && !pair))
            {
                var what = c == '\0' ? "the character U+0000" : "half of a surrogate pair";
                throw new EngineException(
                    ErrorCode.MalformedRequest,
                    $"The text at {path} holds {what} at position {i}; texts are Unicode without either.",
                    path
                );
            }

            i += pair ? 1 : 0;
        }
    }
}
