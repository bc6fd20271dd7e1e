using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>What one read has used of its limits so far.</summary>
internal sealed class ReadBudget(ReadLimits limits)
{
    // Empty containers are no leaves, but they take memory too.
    private const int NodesPerLeaf = 4;

    private long bytes;
    private long nodes;
    private int leaves;

    public ReadLimits Limits { get; } = limits;

    /// <summary>Counts an array before its memory is taken.</summary>
    public void TakeArray(ShapeDtypeStruct described, ReadPath path)
    {
        if (described.ByteLength > Math.Min(Limits.MaxArrayBytes, int.MaxValue))
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"{described} has {described.ByteLength} bytes; one array may have at most "
                    + $"{Math.Min(Limits.MaxArrayBytes, int.MaxValue)}.",
                path.ToString()
            );
        }

        bytes += described.ByteLength;
        if (bytes > Limits.MaxTotalBytes)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The arrays together have more than {Limits.MaxTotalBytes} bytes.",
                path.ToString()
            );
        }
    }

    /// <summary>Counts a leaf of a tree or an entry of a file.</summary>
    public void TakeLeaf(ReadPath path)
    {
        if (++leaves > Limits.MaxLeaves)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"There are more than {Limits.MaxLeaves} leaves.",
                path.ToString()
            );
        }
    }

    /// <summary>Counts a container, at its depth (1 is the outermost).</summary>
    public void TakeNode(int depth, ReadPath path)
    {
        if (depth > Limits.MaxDepth)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The tree has more than {Limits.MaxDepth} levels.",
                path.ToString()
            );
        }

        if (++nodes > (long)Limits.MaxLeaves * NodesPerLeaf)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"There are more than {(long)Limits.MaxLeaves * NodesPerLeaf} lists and objects.",
                path.ToString()
            );
        }
    }
}
