using System.Globalization;
using System.Text;

namespace Torch2Jax.TorchSharp.Scripts;

/// <summary>Static values as TorchScript writes them.</summary>
internal static class ScriptLiterals
{
    public static string Of(object value) =>
        value switch
        {
            // The compiler reads a minus and a number, and that number has no place in 64 bits.
            long.MinValue => "(-9223372036854775807 - 1)",
            long number => number.ToString(CultureInfo.InvariantCulture),
            double number => Of(number),
            bool flag => flag ? "True" : "False",
            string text => Of(text),
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "Not a static value."),
        };

    private static string Of(double number)
    {
        if (double.IsNaN(number))
        {
            return "float('nan')";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "float('inf')" : "-float('inf')";
        }

        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;
    }

    // The compiler knows octal escapes and no others for bytes.
    private static string Of(string value)
    {
        var text = new StringBuilder("\"");
        foreach (byte part in System.Text.Encoding.UTF8.GetBytes(value))
        {
            if (part is >= (byte)' ' and < 127 and not (byte)'"' and not (byte)'\\')
            {
                text.Append((char)part);
            }
            else
            {
                text.Append('\\').Append(Convert.ToString(part, 8).PadLeft(3, '0'));
            }
        }

        return text.Append('"').ToString();
    }
}
