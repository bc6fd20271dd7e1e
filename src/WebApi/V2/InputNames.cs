using System.Globalization;
using Torch2Jax.Torch;

namespace Torch2Jax.WebApi.V2;

/// <summary>
/// Names the leaves of arguments as inputs: a tensor by its argument, a leaf of a tree by its key path
/// (<c>params.fc1.weight</c>, <c>pair.0</c>).
/// </summary>
internal static class InputNames
{
    /// <summary>The names of a structure code's leaves by their number; null where the code is not one of plain arguments.</summary>
    public static string[]? Of(string code, FunctionSchema schema)
    {
        var names = new SortedDictionary<int, string>();
        var walk = new CodeWalk(code, names);
        foreach (var argument in schema.Arguments)
        {
            if (!walk.Item(argument.Name))
            {
                return null;
            }
        }

        return walk.AtEnd && names.Keys.SequenceEqual(Enumerable.Range(0, names.Count)) ? [.. names.Values] : null;
    }

    // One item of the structure code (src/Native/include/t2j.h) after another.
    private sealed class CodeWalk(string code, SortedDictionary<int, string> names)
    {
        private int at;

        public bool AtEnd => at == code.Length;

        public bool Item(string name)
        {
            if (AtEnd)
            {
                return false;
            }

            switch (code[at++])
            {
                case '*':
                    return Until(';') is { } number
                        && int.TryParse(number, CultureInfo.InvariantCulture, out var leaf)
                        && names.TryAdd(leaf, name);
                case 'N' or 'D':
                    return true;
                case 'i' or 'f':
                    return Until(';') is not null;
                case 'b':
                    return ++at <= code.Length;
                case 's':
                    return Text() is not null;
                case '(':
                    return Items(name, ')');
                case '[':
                    return Items(name, ']');
                case '{':
                    return Entries(name);
                default:
                    return false;
            }
        }

        private bool Items(string name, char close)
        {
            for (var i = 0; ; i++)
            {
                if (AtEnd)
                {
                    return false;
                }

                if (code[at] == close)
                {
                    at++;
                    return true;
                }

                if (!Item($"{name}.{i}"))
                {
                    return false;
                }
            }
        }

        private bool Entries(string name)
        {
            while (!AtEnd && code[at] != '}')
            {
                if (code[at++] != 's' || Text() is not { } key || !Item($"{name}.{key}"))
                {
                    return false;
                }
            }

            return at++ < code.Length;
        }

        private string? Until(char end)
        {
            var stop = code.IndexOf(end, at);
            if (stop < 0)
            {
                return null;
            }

            var text = code[at..stop];
            at = stop + 1;
            return text;
        }

        // The length counts bytes of UTF-8.
        private string? Text()
        {
            if (Until(':') is not { } number || !int.TryParse(number, CultureInfo.InvariantCulture, out var bytes))
            {
                return null;
            }

            var start = at;
            while (bytes > 0 && at < code.Length)
            {
                var wide = char.IsSurrogatePair(code, at);
                bytes -= System.Text.Encoding.UTF8.GetByteCount(code.AsSpan(at, wide ? 2 : 1));
                at += wide ? 2 : 1;
            }

            return bytes == 0 ? code[start..at] : null;
        }
    }
}
