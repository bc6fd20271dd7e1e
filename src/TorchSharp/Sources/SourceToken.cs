namespace Torch2Jax.TorchSharp.Sources;

/// <summary>The kinds of token that matter to whoever reads a source without compiling it.</summary>
internal enum TokenKind
{
    Name,
    Number,
    Text,
    Sign,

    /// <summary>The end of a statement: a line's end outside of brackets.</summary>
    NewLine,
}

/// <summary>One token: where it stands, and the indentation of its line where it begins a statement.</summary>
internal readonly record struct SourceToken(TokenKind Kind, string Text, int Start, int Line, int Indent)
{
    public int End => Start + Text.Length;

    /// <summary>Whether a statement begins here.</summary>
    public bool BeginsStatement => Indent >= 0;

    public bool Is(string text) => Kind is TokenKind.Name or TokenKind.Sign && Text == text;
}
