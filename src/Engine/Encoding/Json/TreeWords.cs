using System.Collections.Immutable;

namespace Torch2Jax.Encoding;

/// <summary>The reserved words of trees in JSON, and how keys that look like them are written.</summary>
internal static class TreeWords
{
    public const string Tuple = "$tuple";
    public const string Reference = "$ref";
    public const string Dtype = "dtype";
    public const string Shape = "shape";
    public const string Data = "data";
    public const string Base64 = "base64";

    /// <summary>How a dict's key is written.</summary>
    /// <param name="key">The key.</param>
    /// <param name="looksLikeArray">Whether the dict has all the keys by which an array is known.</param>
    public static string Escape(string key, bool looksLikeArray) =>
        key.StartsWith('$') || (looksLikeArray && key == Dtype) ? "$" + key : key;

    /// <summary>The key that a property stands for; null for a reserved word that is no key.</summary>
    public static string? Unescape(string property) =>
        !property.StartsWith('$') ? property
        : property.StartsWith("$$", StringComparison.Ordinal) || property is "$dtype" or "$shape" ? property[1..]
        : null;

    /// <summary>Whether a dict with these keys would be taken for an array.</summary>
    public static bool LooksLikeArray(ImmutableArray<string> keys) => keys.Contains(Dtype) && keys.Contains(Shape);
}
