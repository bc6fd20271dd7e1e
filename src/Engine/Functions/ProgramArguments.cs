using System.Globalization;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Makes arguments out of a program's structure code (t2j.h): what a call looked like that made this entry of the shape
/// cache.
/// </summary>
/// <param name="code">The code of all arguments in schema order.</param>
/// <param name="leaves">What stands for leaf 0, 1, 2...</param>
internal sealed class ProgramArguments(string code, IReadOnlyList<IArgumentLeaf> leaves)
{
    private int position;

    /// <summary>One tree for each argument of the schema; null where it was left out.</summary>
    /// <exception cref="FormatException">The text is no such code, or names a leaf that is not there.</exception>
    public IReadOnlyList<PyTree<IArgumentLeaf>?> ReadAll()
    {
        var arguments = new List<PyTree<IArgumentLeaf>?>();
        while (position < code.Length)
        {
            arguments.Add(TryTake('D') ? null : Read());
        }

        return arguments;
    }

    private PyTree<IArgumentLeaf> Read() =>
        Next() switch
        {
            '*' => PyTree.Leaf(Leaf(int.Parse(Until(';'), CultureInfo.InvariantCulture))),
            'N' => PyTree.None<IArgumentLeaf>(),
            'i' => Static(long.Parse(Until(';'), CultureInfo.InvariantCulture)),
            'f' => Static(Float(Until(';'))),
            'b' => Static(Next() == '1'),
            's' => Static(Text()),
            '(' => PyTree.Tuple(Items(')')),
            '[' => PyTree.List(Items(']')),
            '{' => PyTree.Dict(Entries()),
            _ => throw Unexpected(),
        };

    private List<PyTree<IArgumentLeaf>> Items(char end)
    {
        var items = new List<PyTree<IArgumentLeaf>>();
        while (!TryTake(end))
        {
            items.Add(Read());
        }

        return items;
    }

    private List<KeyValuePair<string, PyTree<IArgumentLeaf>>> Entries()
    {
        var entries = new List<KeyValuePair<string, PyTree<IArgumentLeaf>>>();
        while (!TryTake('}'))
        {
            var key = Next() == 's' ? Text() : throw Unexpected();
            entries.Add(KeyValuePair.Create(key, Read()));
        }

        return entries;
    }

    // Its length is in bytes of UTF-8.
    private string Text()
    {
        var bytes = int.Parse(Until(':'), CultureInfo.InvariantCulture);
        var start = position;
        while (bytes > 0 && position < code.Length && Rune.TryGetRuneAt(code, position, out var rune))
        {
            bytes -= rune.Utf8SequenceLength;
            position += rune.Utf16SequenceLength;
        }

        return bytes == 0 ? code[start..position] : throw Unexpected();
    }

    private IArgumentLeaf Leaf(int number) =>
        number >= 0 && number < leaves.Count ? leaves[number] : throw Unexpected();

    private static PyTree<IArgumentLeaf> Static(object value) => PyTree.Leaf<IArgumentLeaf>(new StaticValue(value));

    private static double Float(string text) =>
        text switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.Parse(text, CultureInfo.InvariantCulture),
        };

    private string Until(char end)
    {
        var at = code.IndexOf(end, position);
        if (at < 0)
        {
            throw Unexpected();
        }

        var text = code[position..at];
        position = at + 1;
        return text;
    }

    private char Next() => position < code.Length ? code[position++] : throw Unexpected();

    private bool TryTake(char expected)
    {
        if (position >= code.Length || code[position] != expected)
        {
            return false;
        }

        position++;
        return true;
    }

    private FormatException Unexpected() => new($"The code of a program is wrong at position {position}.");
}
