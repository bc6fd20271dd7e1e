using System.Buffers;
using System.Globalization;
using System.Text;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>
/// Where an argument, or a part of one, stands in a call, as the readers of Encoding say it:
/// <c>args[0].params['fc1.weight'][1]</c>.
/// </summary>
internal static class ArgumentPath
{
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create(
        "$_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );

    public static string Positional(int position) => $"args[{position}]";

    public static string Keyword(string name)
    {
        var path = new StringBuilder("kwargs");
        AppendKey(path, name);
        return path.ToString();
    }

    public static void AppendIndex(StringBuilder path, int index) =>
        path.Append(CultureInfo.InvariantCulture, $"[{index}]");

    public static void AppendKey(StringBuilder path, string key)
    {
        if (key.Length > 0 && !char.IsAsciiDigit(key[0]) && !key.AsSpan().ContainsAnyExcept(PlainCharacters))
        {
            path.Append('.').Append(key);
            return;
        }
        path.Append('[');
        PythonText.AppendRepr(path, key);
        path.Append(']');
    }
}
