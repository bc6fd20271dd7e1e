namespace Torch2Jax.Arrays;

/// <summary>Memory for blocks of <see cref="ArrayMemory"/> that others than this process can read.</summary>
internal interface IBlockSource
{
    /// <summary>A block aligned to 64 bytes; 0 where there is none of that size.</summary>
    nint Take(long bytes);

    /// <summary>Takes a block back; false where it is none of this source's.</summary>
    bool Give(nint block, long bytes);
}
