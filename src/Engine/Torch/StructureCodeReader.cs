using System.Text;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Reads the structure code of a result.</summary>
internal sealed class StructureCodeReader(string code)
{
    private const int MaxDepth = 1000;
    private int position;
    private int leaves;

    public TreeDef ReadAll()
    {
        TreeDef tree = Read(0);
        return position == code.Length ? tree : throw Unexpected();
    }

    private TreeDef Read(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new EngineException(ErrorCode.Internal, $"A result is nested more than {MaxDepth} levels deep.");
        }
        switch (Next())
        {
            case '*':
                return ReadNumber(';') == leaves++ ? TreeDef.Leaf : throw Unexpected();
            case 'N':
                return TreeDef.None;
            case '(':
                return TreeDef.Tuple(ReadUntil(')', depth + 1));
            case '[':
                return TreeDef.List(ReadUntil(']', depth + 1));
            case '{':
                return ReadDict(depth + 1);
            default:
                throw Unexpected();
        }
    }

    private List<TreeDef> ReadUntil(char end, int depth)
    {
        var children = new List<TreeDef>();
        while (!TryTake(end))
        {
            children.Add(Read(depth));
        }
        return children;
    }

    private TreeDef ReadDict(int depth)
    {
        var keys = new List<string>();
        var children = new List<TreeDef>();
        while (!TryTake('}'))
        {
            keys.Add(ReadKey());
            children.Add(Read(depth));
            // Leaves are numbered in flatten order, so keys that came unsorted would give the wrong arrays.
            if (keys.Count > 1 && CodePointComparer.Instance.Compare(keys[^2], keys[^1]) >= 0)
            {
                throw Unexpected();
            }
        }
        return TreeDef.Dict(keys, children);
    }

    private string ReadKey()
    {
        if (Next() != 's')
        {
            throw Unexpected();
        }
        int bytes = ReadNumber(':');
        int start = position;
        while (bytes > 0 && position < code.Length && Rune.TryGetRuneAt(code, position, out Rune rune))
        {
            bytes -= rune.Utf8SequenceLength;
            position += rune.Utf16SequenceLength;
        }
        return bytes == 0 ? code[start..position] : throw Unexpected();
    }

    private int ReadNumber(char end)
    {
        int length = code.AsSpan(position).IndexOf(end);
        if (length < 0 || !int.TryParse(code.AsSpan(position, length), out int number) || number < 0)
        {
            throw Unexpected();
        }
        position += length + 1;
        return number;
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

    private EngineException Unexpected() =>
        new(ErrorCode.Internal, $"The native library described a result wrongly at position {position} of '{code}'.");
}
