using System.Collections.Immutable;

namespace Torch2Jax.Torch;

/// <summary>Reads one annotation by recursive descent; the native side has limited its depth already.</summary>
internal sealed class TorchTypeReader(string text)
{
    private const int MaxDepth = 64;
    private int position;

    public TorchType ReadAll()
    {
        TorchType type = Read(0);
        SkipSpaces();
        return position == text.Length ? type : throw Unexpected();
    }

    private TorchType Read(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"The type annotation is nested more than {MaxDepth} levels deep.");
        }
        string name = ReadName();
        TorchTypeKind kind = name switch
        {
            "Tensor" => TorchTypeKind.Tensor,
            "int" => TorchTypeKind.Int,
            "float" => TorchTypeKind.Float,
            "bool" => TorchTypeKind.Bool,
            "str" => TorchTypeKind.String,
            "Optional" => TorchTypeKind.Optional,
            "List" => TorchTypeKind.List,
            "Tuple" => TorchTypeKind.Tuple,
            "Dict" => TorchTypeKind.Dict,
            _ => TorchTypeKind.Other,
        };
        ImmutableArray<TorchType> elements = TryTake('[') ? ReadElements(depth + 1) : [];
        return Make(kind, name, elements);
    }

    private ImmutableArray<TorchType> ReadElements(int depth)
    {
        if (TryTake('('))
        {
            Take(')'); // Tuple[()], the empty tuple
            Take(']');
            return [];
        }
        var elements = ImmutableArray.CreateBuilder<TorchType>();
        do
        {
            elements.Add(Read(depth));
        } while (TryTake(','));
        Take(']');
        return elements.ToImmutable();
    }

    private static TorchType Make(TorchTypeKind kind, string name, ImmutableArray<TorchType> elements)
    {
        string inside = string.Join(", ", elements);
        bool isContainer = kind is >= TorchTypeKind.Optional and <= TorchTypeKind.Dict;
        string text =
            elements.Length > 0 || kind == TorchTypeKind.Tuple
                ? $"{name}[{(elements.Length > 0 ? inside : "()")}]"
                : name;
        int expected = kind switch
        {
            TorchTypeKind.Optional or TorchTypeKind.List => 1,
            TorchTypeKind.Dict => 2,
            TorchTypeKind.Tuple or TorchTypeKind.Other => elements.Length,
            _ => 0,
        };
        if (elements.Length != expected)
        {
            throw new FormatException($"'{text}' has {elements.Length} types in brackets; {expected} belong there.");
        }
        if (kind == TorchTypeKind.Dict)
        {
            return elements[0].Kind == TorchTypeKind.String
                ? new TorchType(kind, [elements[1]], text)
                : new TorchType(TorchTypeKind.Other, [], text);
        }
        return new TorchType(kind, isContainer ? elements : [], text);
    }

    private string ReadName()
    {
        SkipSpaces();
        int start = position;
        while (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] is '_' or '.'))
        {
            position++;
        }
        return position > start ? text[start..position] : throw Unexpected();
    }

    private bool TryTake(char expected)
    {
        SkipSpaces();
        if (position >= text.Length || text[position] != expected)
        {
            return false;
        }
        position++;
        return true;
    }

    private void Take(char expected)
    {
        if (!TryTake(expected))
        {
            throw Unexpected();
        }
    }

    private void SkipSpaces()
    {
        while (position < text.Length && text[position] == ' ')
        {
            position++;
        }
    }

    private FormatException Unexpected() =>
        new($"'{text}' is not a type annotation: unexpected text at position {position}.");
}
