using System.Numerics;

namespace Torch2Jax.Arrays;

/// <summary>The block sizes of <see cref="ArrayMemory"/>: powers of two from 64 bytes on, with three steps between them.</summary>
internal static class SizeClasses
{
    private const int SmallestLog2 = 6;
    private const int LargestLog2 = 31;

    /// <summary>How many there are; the last holds 2^31 bytes.</summary>
    public const int Count = ((LargestLog2 - SmallestLog2) * 4) + 1;

    /// <summary>The smallest class that holds so many bytes.</summary>
    public static int Find(nuint byteLength)
    {
        if (byteLength <= 1u << SmallestLog2)
        {
            return 0;
        }

        // With b = 2^k the power of two below, the steps are b + b/4, b + b/2, b + 3b/4, 2b.
        var below = BitOperations.Log2(byteLength - 1);
        var quarters = (int)((byteLength - 1 - ((nuint)1 << below)) >> (below - 2)) + 1;
        return ((below - SmallestLog2) * 4) + quarters;
    }

    /// <summary>Bytes of a block of the class.</summary>
    public static long Bytes(int sizeClass)
    {
        var power = 1L << (SmallestLog2 + (sizeClass / 4));
        return power + (power / 4 * (sizeClass % 4));
    }
}
