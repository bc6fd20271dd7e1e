using Torch2Jax.Arrays;

namespace Torch2Jax.Native;

/// <summary>
/// Memory of this process's big arrays where there is a GPU: it copies from and to it by itself, while the processor goes
/// on, and without a copy to memory of its driver's own. <see cref="ArrayMemory"/> keeps what is freed for reuse, because
/// pinning memory takes longer than filling it.
/// </summary>
internal sealed class PinnedBlocks : IBlockSource
{
    private PinnedBlocks() { }

    /// <summary>Has <see cref="ArrayMemory"/> take big blocks here, unless workers share them already.</summary>
    public static void Use() => ArrayMemory.UseSource(new PinnedBlocks());

    public nint Take(long bytes) => NativeMethods.PinnedTake(bytes);

    public bool Give(nint block, long bytes) => NativeMethods.PinnedGive(block) != 0;
}
