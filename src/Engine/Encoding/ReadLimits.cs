namespace Torch2Jax.Encoding;

/// <summary>What a reader accepts; each bound is checked before memory is taken for it.</summary>
/// <param name="MaxArrayBytes">Bytes of one array.</param>
/// <param name="MaxTotalBytes">Bytes of all arrays of one read.</param>
/// <param name="MaxLeaves">Leaves of a tree, entries of a file.</param>
/// <param name="MaxDepth">Containers within one another.</param>
public sealed record ReadLimits(long MaxArrayBytes, long MaxTotalBytes, int MaxLeaves, int MaxDepth)
{
    /// <summary>1 GiB an array, 2 GiB in all, 10,000 leaves, 64 levels.</summary>
    public static ReadLimits Default { get; } = new(1L << 30, 2L << 30, 10_000, 64);
}
