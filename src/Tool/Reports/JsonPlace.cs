using System.Text.Json;

namespace Torch2Jax.Tool.Reports;

/// <summary>Where in a JSON text a path like <c>inputs.x.files</c> or <c>args[0]</c> is.</summary>
internal static class JsonPlace
{
    private static readonly JsonReaderOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 128,
    };

    /// <summary>The line and column of the place, or of what is around it where it is missing; (0, 0) where nothing is.</summary>
    public static (int Line, int Column) Of(string text, string path)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, Lenient);
        var stack = new Stack<(string Path, int Index)>();
        var (here, best, at) = ("", "", -1L);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    var owner = stack.Peek().Path;
                    here = owner.Length == 0 ? reader.GetString()! : $"{owner}.{reader.GetString()}";
                    Note(reader.TokenStartIndex);
                    continue;
                }

                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    stack.Pop();
                    continue;
                }

                if (stack.TryPeek(out var list) && list.Index >= 0)
                {
                    stack.Pop();
                    stack.Push((list.Path, list.Index + 1));
                    here = $"{list.Path}[{list.Index}]";
                    Note(reader.TokenStartIndex);
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    stack.Push((here, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
                }
            }
        }
        catch (JsonException)
        {
            // The error about it has its own place.
        }

        return at < 0 ? default : LineOf(bytes, at);

        void Note(long start)
        {
            if (here.Length > best.Length && IsAt(path, here))
            {
                (best, at) = (here, start);
            }
        }
    }

    private static bool IsAt(string path, string here) =>
        path.StartsWith(here, StringComparison.Ordinal)
        && (path.Length == here.Length || path[here.Length] is '.' or '[');

    private static (int Line, int Column) LineOf(ReadOnlySpan<byte> bytes, long at)
    {
        var before = bytes[..(int)at];
        var line = before.Count((byte)'\n') + 1;
        var start = before.LastIndexOf((byte)'\n') + 1;
        return (line, System.Text.Encoding.UTF8.GetCharCount(before[start..]) + 1);
    }
}
