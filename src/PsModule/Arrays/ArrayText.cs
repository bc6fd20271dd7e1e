using System.Globalization;
using System.Numerics;
using System.Text;

namespace Torch2Jax.PsModule.Arrays;

/// <summary>Arrays as people read them; of long ones the ends of each dimension.</summary>
internal static class ArrayText
{
    private const int MostElements = 1000;
    private const int EdgeItems = 3;

    /// <summary><c>[[1, 2], [3, 4]]</c>.</summary>
    public static string OneLine(Torch2JaxArray array)
    {
        var text = new StringBuilder();
        Write(text, array, 0, 0);
        return text.ToString();
    }

    /// <summary>A heading with dtype and shape, then a line for each row; a blank line between matrices.</summary>
    public static string Lines(Torch2JaxArray array)
    {
        if (array.Rank < 2)
        {
            return $"{array.Aval} {OneLine(array)}";
        }

        var text = new StringBuilder(array.Aval.ToString());
        WriteRows(text, array, 0, 0);
        return text.ToString();
    }

    /// <summary>An element without its array.</summary>
    public static string Element(object value) =>
        value switch
        {
            bool flag => flag ? "true" : "false",
            Complex c => string.Create(CultureInfo.InvariantCulture, $"{c.Real}{c.Imaginary:+0.######;-0.######;+0}j"),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };

    private static void WriteRows(StringBuilder text, Torch2JaxArray array, int dimension, long offset)
    {
        if (dimension == array.Rank - 1)
        {
            text.Append('\n');
            Write(text, array, dimension, offset);
            return;
        }

        var isFirst = true;
        foreach (var i in Shown(array, dimension))
        {
            if (!isFirst && dimension < array.Rank - 2)
            {
                text.Append('\n');
            }

            isFirst = false;
            if (i is { } position)
            {
                WriteRows(text, array, dimension + 1, (offset * array.Aval.Shape[dimension]) + position);
            }
            else
            {
                text.Append("\n...");
            }
        }
    }

    private static void Write(StringBuilder text, Torch2JaxArray array, int dimension, long offset)
    {
        if (dimension == array.Rank)
        {
            text.Append(Element(Elements.Read(array.Aval.Dtype, array.Bytes, offset)));
            return;
        }

        text.Append('[');
        var separator = "";
        foreach (var i in Shown(array, dimension))
        {
            text.Append(separator);
            separator = ", ";
            if (i is { } position)
            {
                Write(text, array, dimension + 1, (offset * array.Aval.Shape[dimension]) + position);
            }
            else
            {
                text.Append("...");
            }
        }

        text.Append(']');
    }

    // The positions to show; null stands for those left out.
    private static IEnumerable<long?> Shown(Torch2JaxArray array, int dimension)
    {
        var size = array.Aval.Shape[dimension];
        var isCut = array.Size > MostElements && size > 2 * EdgeItems;
        for (var i = 0L; i < size; i++)
        {
            if (isCut && i == EdgeItems)
            {
                yield return null;
                i = size - EdgeItems;
            }

            yield return i;
        }
    }
}
