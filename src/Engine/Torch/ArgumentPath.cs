using System.Globalization;
using System.Text;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Where an argument, or a part of one, stands in a call: <c>args[0]['w'][1]</c>.</summary>
internal static class ArgumentPath
{
    public static string Positional(int position) => $"args[{position}]";

    public static string Keyword(string name) => $"kwargs[{PythonText.Repr(name)}]";

    public static void AppendIndex(StringBuilder path, int index) =>
        path.Append(CultureInfo.InvariantCulture, $"[{index}]");

    public static void AppendKey(StringBuilder path, string key)
    {
        path.Append('[');
        PythonText.AppendRepr(path, key);
        path.Append(']');
    }
}
