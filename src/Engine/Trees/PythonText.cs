using System.Globalization;
using System.Text;

namespace Torch2Jax.Trees;

/// <summary>Texts as Python prints them.</summary>
internal static class PythonText
{
    /// <summary>Python's <c>repr</c> of a string.</summary>
    public static string Repr(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        AppendRepr(text, value);
        return text.ToString();
    }

    /// <summary>Appends Python's <c>repr</c> of a string.</summary>
    public static void AppendRepr(StringBuilder text, string value)
    {
        var quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        for (var i = 0; i < value.Length; )
        {
            var known = Rune.TryGetRuneAt(value, i, out var rune);
            AppendCodePoint(text, known ? rune.Value : value[i], quote);
            i += known ? rune.Utf16SequenceLength : 1;
        }

        text.Append(quote);
    }

    /// <summary>Python's <c>repr</c> of a tuple of strings: <c>('a', 'b')</c>, <c>('a',)</c>.</summary>
    public static string TupleRepr(IReadOnlyList<string> values)
    {
        var text = new StringBuilder("(");
        for (var i = 0; i < values.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            AppendRepr(text, values[i]);
        }

        return text.Append(values.Count == 1 ? ",)" : ")").ToString();
    }

    private static void AppendCodePoint(StringBuilder text, int codePoint, char quote)
    {
        switch (codePoint)
        {
            case '\\':
                text.Append("\\\\");
                break;
            case '\t':
                text.Append("\\t");
                break;
            case '\n':
                text.Append("\\n");
                break;
            case '\r':
                text.Append("\\r");
                break;
            case var c when c == quote:
                text.Append('\\').Append(quote);
                break;
            case var c when IsPrintable(c):
                text.Append(char.ConvertFromUtf32(c));
                break;
            case <= 0xff:
                text.Append($"\\x{codePoint:x2}");
                break;
            case <= 0xffff:
                text.Append($"\\u{codePoint:x4}");
                break;
            default:
                text.Append($"\\U{codePoint:x8}");
                break;
        }
    }

    // CPython's rule: everything but the categories of "other" and of separators, the space excepted.
    private static bool IsPrintable(int codePoint) =>
        codePoint == ' '
        || CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.SpaceSeparator
            );
}
