using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Trees;

public sealed class LineDiffTests
{
    // What Python 3.11's difflib.ndiff gives for two lists of one line.
    public static TheoryData<string, string, string> Recorded =>
        new()
        {
            { "('a', 'b')", "('a', 'c')", "- ('a', 'b')\n?        ^\n\n+ ('a', 'c')\n?        ^\n" },
            { "('a', 'b')", "('b', 'a')", "- ('a', 'b')\n+ ('b', 'a')" },
            {
                "('weight', 'bias')",
                "('weights', 'bias')",
                "- ('weight', 'bias')\n+ ('weights', 'bias')\n?         +\n"
            },
            {
                "('fc1.weight', 'fc2.weight')",
                "('fc1.bias', 'fc2.weight')",
                "- ('fc1.weight', 'fc2.weight')\n?       ^^ ^^^\n\n+ ('fc1.bias', 'fc2.weight')\n?       ^ ^^\n"
            },
            {
                "('x', 'y', 'z')",
                "('x', 'yy', 'w')",
                "- ('x', 'y', 'z')\n?             ^\n\n+ ('x', 'yy', 'w')\n?        +     ^\n"
            },
            {
                "('\ud83d\ude00', 'b')",
                "('\ud83d\ude00', 'd')",
                "- ('\ud83d\ude00', 'b')\n?        ^\n\n+ ('\ud83d\ude00', 'd')\n?        ^\n"
            },
            { "('a',)", "('b',)", "- ('a',)\n?   ^\n\n+ ('b',)\n?   ^\n" },
        };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Two_lines_differ_as_Python_shows_it(string first, string second, string expected) =>
        Assert.Equal(expected, string.Join('\n', LineDiff.Of(first, second)));

    [Fact]
    public void Very_long_lines_are_shown_without_a_search()
    {
        var (first, second) = (new string('a', 100_000), new string('a', 99_999) + "b");
        Assert.Equal(["- " + first, "+ " + second], LineDiff.Of(first, second));
    }
}
