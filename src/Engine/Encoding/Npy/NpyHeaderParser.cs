using System.Globalization;

namespace Torch2Jax.Encoding;

/// <summary>
/// Reads the header's Python dict, <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 4), }</c>: of Python it
/// knows what such a header needs and nothing more.
/// </summary>
internal sealed class NpyHeaderParser(string text, ReadPath path)
{
    private int position;

    public NpyHeader Parse()
    {
        string? descr = null;
        bool? fortranOrder = null;
        long[]? shape = null;
        Expect('{');
        while (!Accept('}'))
        {
            var key = ReadString();
            Expect(':');
            switch (key)
            {
                case "descr" when descr is null:
                    descr = ReadDescr();
                    break;
                case "fortran_order" when fortranOrder is null:
                    fortranOrder = ReadBool();
                    break;
                case "shape" when shape is null:
                    shape = ReadShape();
                    break;
                default:
                    throw Wrong();
            }

            if (!Accept(','))
            {
                Expect('}');
                break;
            }
        }

        SkipBlanks();
        return position == text.Length && descr is not null && fortranOrder is { } order && shape is not null
            ? new NpyHeader(descr, order, shape, Length: 0)
            : throw Wrong();
    }

    private string ReadDescr()
    {
        SkipBlanks();
        return position < text.Length && text[position] is ('[' or '(')
            ? throw ReadError.Malformed("Structured arrays are not read; save each field as an array.", path)
            : ReadString();
    }

    private string ReadString()
    {
        SkipBlanks();
        if (position == text.Length || text[position] is not ('\'' or '"'))
        {
            throw Wrong();
        }

        var end = text.IndexOf(text[position], position + 1);
        var value = end < 0 ? throw Wrong() : text[(position + 1)..end];
        position = end + 1;
        return value.Contains('\\') ? throw Wrong() : value;
    }

    private bool ReadBool()
    {
        SkipBlanks();
        foreach (var value in (ReadOnlySpan<bool>)[true, false])
        {
            if (text.AsSpan(position).StartsWith(value ? "True" : "False", StringComparison.Ordinal))
            {
                position += value ? 4 : 5;
                return value;
            }
        }

        throw Wrong();
    }

    private long[] ReadShape()
    {
        var shape = new List<long>();
        Expect('(');
        while (!Accept(')'))
        {
            shape.Add(ReadInteger());
            if (!Accept(','))
            {
                // A tuple of one has a comma behind it; without one these are brackets around a number.
                Expect(')');
                return shape.Count > 1 ? [.. shape] : throw Wrong();
            }
        }

        return [.. shape];
    }

    private long ReadInteger()
    {
        SkipBlanks();
        var start = position;
        while (
            position < text.Length
            && (char.IsAsciiDigit(text[position]) || (text[position] == '-' && position == start))
        )
        {
            position++;
        }

        var known = long.TryParse(
            text.AsSpan(start, position - start),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var value
        );
        if (known && position < text.Length && text[position] == 'L')
        {
            position++; // as Python 2 wrote integers
        }

        return known ? value : throw Wrong();
    }

    private void Expect(char character)
    {
        if (!Accept(character))
        {
            throw Wrong();
        }
    }

    private bool Accept(char character)
    {
        SkipBlanks();
        if (position == text.Length || text[position] != character)
        {
            return false;
        }

        position++;
        return true;
    }

    private void SkipBlanks()
    {
        while (position < text.Length && text[position] is (' ' or '\n' or '\t'))
        {
            position++;
        }
    }

    private Errors.EngineException Wrong() =>
        ReadError.Malformed($"The npy header is not one of NumPy's (at character {position}).", path);
}
