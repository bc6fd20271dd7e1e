namespace Torch2Jax.Trees;

/// <summary>Orders strings by code point, as Python does (which is the order of their UTF-8 bytes).</summary>
internal sealed class CodePointComparer : IComparer<string>
{
    /// <summary>The comparer.</summary>
    public static CodePointComparer Instance { get; } = new();

    private CodePointComparer() { }

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        var common = x.AsSpan().CommonPrefixLength(y);
        return common == x.Length || common == y.Length
            ? x.Length.CompareTo(y.Length)
            : Rank(x[common]).CompareTo(Rank(y[common]));
    }

    // Surrogates stand for code points above all others, but their numbers lie below U+E000.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
