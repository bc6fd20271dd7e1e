using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>The query of a list: prefix, limit, cursor. The cursor is opaque: the last name of the page before.</summary>
internal sealed class ListQuery
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    public ListQuery(IQueryCollection query)
    {
        Prefix = Single(query, "prefix");
        Limit = ReadLimit(Single(query, "limit"));
        Cursor = ReadCursor(Single(query, "cursor"));
    }

    public string? Prefix { get; }

    public int Limit { get; }

    public string? Cursor { get; }

    public static string CursorAfter(string name) => Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(name));

    private static string? Single(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values) || values is [null or ""])
        {
            return null;
        }

        return values is [{ } value]
            ? value.Contains('\0', StringComparison.Ordinal)
                ? throw JsonFields.Malformed("The parameter holds U+0000.", name)
                : value
            : throw JsonFields.Malformed("The parameter is given twice.", name);
    }

    private static int ReadLimit(string? text)
    {
        if (text is null)
        {
            return DefaultLimit;
        }

        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit is >= 1 and <= MaxLimit
            ? limit
            : throw JsonFields.Malformed($"The limit is a number from 1 to {MaxLimit}.", "limit");
    }

    private static string? ReadCursor(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            var name = new UTF8Encoding(false, true).GetString(Base64Url.DecodeFromChars(text));
            return name.Contains('\0', StringComparison.Ordinal) ? throw NoCursor() : name;
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            throw NoCursor(error);
        }
    }

    public static Errors.EngineException NoCursor(Exception? cause = null) =>
        JsonFields.Malformed("This is no cursor; send the nextCursor of the page before, unchanged.", "cursor", cause);
}
