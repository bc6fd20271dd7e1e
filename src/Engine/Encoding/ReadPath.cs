using System.Text;
using Torch2Jax.Trees;

namespace Torch2Jax.Encoding;

/// <summary>Where a reader is, as errors say it: <c>args[0].params['fc1.weight'].data</c>. Costs nothing until it is asked for.</summary>
internal sealed class ReadPath(string root)
{
    private readonly List<(string? Key, int Index)> steps = [];

    public void Push(string key) => steps.Add((key, 0));

    public void Push(int index) => steps.Add((null, index));

    public void Pop() => steps.RemoveAt(steps.Count - 1);

    public override string ToString()
    {
        var text = new StringBuilder(root);
        foreach (var (key, index) in steps)
        {
            if (key is null)
            {
                text.Append('[').Append(index).Append(']');
            }
            else if (IsPlain(key))
            {
                text.Append(text.Length == 0 ? "" : ".").Append(key);
            }
            else
            {
                PythonText.AppendRepr(text.Append('['), key);
                text.Append(']');
            }
        }

        return text.ToString();
    }

    private static bool IsPlain(string key) =>
        key.Length > 0 && !char.IsAsciiDigit(key[0]) && key.AsSpan().IndexOfAnyExcept(PlainCharacters) < 0;

    private static readonly System.Buffers.SearchValues<char> PlainCharacters = System.Buffers.SearchValues.Create(
        "$_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );
}
