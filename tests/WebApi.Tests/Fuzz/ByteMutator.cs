namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>Changes bytes without knowing what they mean, and numbers written in decimal without knowing what they count.</summary>
internal static class ByteMutator
{
    private static readonly string[] Numbers =
    [
        "0",
        "1",
        "-1",
        "7",
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1e9",
        "0x10",
        "",
        " ",
        "00",
        "1.5",
    ];

    private static readonly byte[][] Texts =
    [
        [0xff, 0xfe],
        [0xc0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0xff, 0xff, 0xff, 0xff],
        [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [(byte)'"'],
        [(byte)'\\'],
        [(byte)'{'],
        [(byte)'}'],
        [(byte)'\n'],
        [(byte)'.', (byte)'.', (byte)'/'],
    ];

    public static byte[] Mutate(byte[] bytes, Random random, List<string> done)
    {
        if (bytes.Length == 0)
        {
            return Texts[random.Next(Texts.Length)];
        }

        var way = random.Next(8);
        done.Add($"bytes way {way}");
        var at = random.Next(bytes.Length);
        var count = Math.Min(bytes.Length - at, 1 << random.Next(9));
        switch (way)
        {
            case 0:
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                return bytes[..at];
            case 2:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 3:
                return
                [
                    .. bytes[..at],
                    .. bytes[at..(at + count)],
                    .. bytes[at..(at + count)],
                    .. bytes[(at + count)..],
                ];
            case 4:
                var text = Texts[random.Next(Texts.Length)];
                return random.Next(2) == 0
                    ? [.. bytes[..at], .. text, .. bytes[at..]]
                    : [.. bytes[..at], .. text, .. bytes[Math.Min(bytes.Length, at + text.Length)..]];
            case 5:
                var noise = bytes.ToArray();
                random.NextBytes(noise.AsSpan(at, count));
                return noise;
            case 6:
                return [.. bytes, .. bytes[..at]];
            default:
                return ChangeNumber(bytes, at, random);
        }
    }

    // The first number from there on.
    private static byte[] ChangeNumber(byte[] bytes, int at, Random random)
    {
        var start = Array.FindIndex(bytes, at, static one => one is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
        {
            return bytes[..at];
        }

        var end = start;
        while (end < bytes.Length && bytes[end] is >= (byte)'0' and <= (byte)'9')
        {
            end++;
        }

        return
        [
            .. bytes[..start],
            .. System.Text.Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]),
            .. bytes[end..],
        ];
    }
}
