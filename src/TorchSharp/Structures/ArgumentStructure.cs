using System.Globalization;
using System.Text;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Structures;

/// <summary>One item of an arguments' structure code (src/Native/include/t2j.h).</summary>
internal abstract record ArgumentStructure
{
    /// <summary>A leaf of the program's inputs, by its number.</summary>
    public sealed record Leaf(int Number) : ArgumentStructure;

    public sealed record None : ArgumentStructure;

    /// <summary>An argument that was left out.</summary>
    public sealed record Default : ArgumentStructure;

    /// <summary>A <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>.</summary>
    public sealed record Value(object Content) : ArgumentStructure;

    public sealed record Items(bool IsTuple, IReadOnlyList<ArgumentStructure> Children) : ArgumentStructure;

    public sealed record Dict(IReadOnlyList<KeyValuePair<string, ArgumentStructure>> Children) : ArgumentStructure;

    /// <summary>Reads a code, one item an argument.</summary>
    /// <exception cref="EngineException">Internal: the text is no such code.</exception>
    public static IReadOnlyList<ArgumentStructure> Parse(string code) => new Reader(code).ReadAll();

    /// <summary>How many leaves there are.</summary>
    public static int CountLeaves(IEnumerable<ArgumentStructure> items) =>
        items.Sum(item =>
            item switch
            {
                Leaf => 1,
                Items { Children: var children } => CountLeaves(children),
                Dict { Children: var children } => CountLeaves(children.Select(child => child.Value)),
                _ => 0,
            }
        );

    private sealed class Reader(string text)
    {
        // Lengths of texts count bytes, so the code is read as bytes.
        private readonly byte[] code = System.Text.Encoding.UTF8.GetBytes(text);
        private int at;

        public List<ArgumentStructure> ReadAll()
        {
            var items = new List<ArgumentStructure>();
            while (at < code.Length)
            {
                items.Add(Read());
            }

            return items;
        }

        private ArgumentStructure Read()
        {
            switch ((char)Next())
            {
                case '*':
                    return new Leaf(int.Parse(Until(';'), CultureInfo.InvariantCulture));
                case 'N':
                    return new None();
                case 'D':
                    return new Default();
                case 'i':
                    return new Value(long.Parse(Until(';'), CultureInfo.InvariantCulture));
                case 'f':
                    return new Value(ToDouble(Until(';')));
                case 'b':
                    return new Value(Next() == '1');
                case 's':
                    return new Value(Counted());
                case '(':
                    return new Items(true, ReadUntil(')'));
                case '[':
                    return new Items(false, ReadUntil(']'));
                case '{':
                    return ReadDict();
                default:
                    throw Malformed();
            }
        }

        private List<ArgumentStructure> ReadUntil(char end)
        {
            var children = new List<ArgumentStructure>();
            while (!TryTake(end))
            {
                children.Add(Read());
            }

            return children;
        }

        private Dict ReadDict()
        {
            var children = new List<KeyValuePair<string, ArgumentStructure>>();
            while (!TryTake('}'))
            {
                if (Next() != 's')
                {
                    throw Malformed();
                }

                string key = Counted();
                children.Add(KeyValuePair.Create(key, Read()));
            }

            return new Dict(children);
        }

        private static double ToDouble(string number) =>
            number switch
            {
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                "nan" => double.NaN,
                _ => double.Parse(number, CultureInfo.InvariantCulture),
            };

        private string Counted()
        {
            int length = int.Parse(Until(':'), CultureInfo.InvariantCulture);
            if (length > code.Length - at)
            {
                throw Malformed();
            }

            at += length;
            return System.Text.Encoding.UTF8.GetString(code, at - length, length);
        }

        private string Until(char end)
        {
            int length = code.AsSpan(at).IndexOf((byte)end);
            if (length < 0)
            {
                throw Malformed();
            }

            string part = System.Text.Encoding.UTF8.GetString(code, at, length);
            at += length + 1;
            return part;
        }

        private byte Next() => at < code.Length ? code[at++] : throw Malformed();

        private bool TryTake(char expected)
        {
            if (at >= code.Length || code[at] != expected)
            {
                return false;
            }

            at++;
            return true;
        }

        private EngineException Malformed() =>
            new(ErrorCode.Internal, $"A structure code is malformed at {at}: {text}");
    }
}
