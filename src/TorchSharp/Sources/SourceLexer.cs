namespace Torch2Jax.TorchSharp.Sources;

/// <summary>Cuts TorchScript (Python) into tokens; comments and blanks are left out.</summary>
internal sealed class SourceLexer
{
    private readonly string source;
    private readonly List<SourceToken> tokens = [];
    private int at;
    private int line = 1;
    private int brackets;
    private int indent;

    private SourceLexer(string source) => this.source = source;

    public static List<SourceToken> Read(string source)
    {
        var lexer = new SourceLexer(source);
        lexer.Run();
        return lexer.tokens;
    }

    private void Run()
    {
        BeginLine();
        while (at < source.Length)
        {
            Step();
        }

        EndStatement();
    }

    private void Step()
    {
        char c = source[at];
        switch (c)
        {
            case '\n':
                if (brackets == 0)
                {
                    EndStatement();
                }

                at++;
                line++;
                if (brackets == 0)
                {
                    BeginLine();
                }

                break;
            case '\\' when at + 1 < source.Length && source[at + 1] is '\n' or '\r':
                at += source[at + 1] == '\r' ? 3 : 2;
                line++;
                break;
            case '#':
                at = source.IndexOf('\n', at) is var end and >= 0 ? end : source.Length;
                break;
            case '"' or '\'':
                ReadText(c);
                break;
            case ' ' or '\t' or '\r' or '\f':
                at++;
                break;
            default:
                ReadPlain(c);
                break;
        }
    }

    private void ReadPlain(char c)
    {
        int start = at;
        if (char.IsAsciiDigit(c))
        {
            while (at < source.Length && (IsName(source[at]) || source[at] == '.' || IsExponentSign()))
            {
                at++;
            }

            Add(TokenKind.Number, start);
        }
        else if (IsName(c))
        {
            while (at < source.Length && IsName(source[at]))
            {
                at++;
            }

            Add(TokenKind.Name, start);
        }
        else
        {
            brackets =
                c is '(' or '[' or '{' ? brackets + 1
                : c is ')' or ']' or '}' ? Math.Max(0, brackets - 1)
                : brackets;
            at++;
            Add(TokenKind.Sign, start);
        }
    }

    private bool IsExponentSign() => source[at] is '+' or '-' && source[at - 1] is 'e' or 'E';

    private void ReadText(char quote)
    {
        int start = at;
        string mark = source.AsSpan(at).StartsWith(new string(quote, 3)) ? new string(quote, 3) : quote.ToString();
        at += mark.Length;
        while (at < source.Length && !source.AsSpan(at).StartsWith(mark))
        {
            if (source[at] == '\n' && mark.Length == 1)
            {
                break; // not closed: the compiler says so
            }

            line += source[at] == '\n' ? 1 : 0;
            at += source[at] == '\\' ? 2 : 1;
        }

        at = Math.Min(source.Length, at + mark.Length);
        Add(TokenKind.Text, start);
    }

    private void Add(TokenKind kind, int start)
    {
        tokens.Add(new SourceToken(kind, source[start..at], start, line, indent));
        indent = -1;
    }

    private void BeginLine()
    {
        int first = at;
        while (first < source.Length && source[first] is ' ' or '\t')
        {
            first++;
        }

        indent = first - at;
    }

    private void EndStatement()
    {
        if (tokens.Count > 0 && tokens[^1].Kind != TokenKind.NewLine)
        {
            tokens.Add(new SourceToken(TokenKind.NewLine, "", at, line, -1));
        }
    }

    private static bool IsName(char c) => char.IsLetterOrDigit(c) || c == '_';
}
