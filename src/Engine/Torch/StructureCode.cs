using System.Globalization;
using System.Text;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>
/// The structure code of t2j.h: trees in one short text, arguments with their static values among them. It is part of the
/// cache key, so the same structure and values always give the same text.
/// </summary>
public static class StructureCode
{
    internal const char None = 'N';
    internal const char Default = 'D';

    /// <summary>Reads the code of a result, whose leaves are numbered in flatten order.</summary>
    /// <param name="code">The code, one item.</param>
    /// <exception cref="EngineException">Internal: the text is not such a code.</exception>
    public static TreeDef Parse(string code) => new StructureCodeReader(code).ReadAll();

    internal static void AppendLeaf(StringBuilder code, int number) => code.Append('*').Append(number).Append(';');

    internal static void AppendInt(StringBuilder code, long value) =>
        code.Append(CultureInfo.InvariantCulture, $"i{value};");

    internal static void AppendBool(StringBuilder code, bool value) => code.Append(value ? "b1" : "b0");

    /// <summary>The shortest text that gives the same double again.</summary>
    internal static void AppendFloat(StringBuilder code, double value)
    {
        code.Append('f');
        if (double.IsFinite(value))
        {
            code.Append(value.ToString("R", CultureInfo.InvariantCulture));
        }
        else
        {
            code.Append(
                double.IsNaN(value) ? "nan"
                : value > 0 ? "inf"
                : "-inf"
            );
        }
        code.Append(';');
    }

    /// <summary>A string (or a dict's key) with its length in UTF-8 bytes.</summary>
    internal static void AppendString(StringBuilder code, string value) =>
        code.Append('s').Append(System.Text.Encoding.UTF8.GetByteCount(value)).Append(':').Append(value);
}
