using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>
/// Where each chunk's result goes in the array that all make together: one behind the other along the first axis. A
/// result that is a scalar is one element of a vector.
/// </summary>
internal sealed class ChunkRows
{
    private readonly ShapeDtypeStruct full;
    private readonly ShapeDtypeStruct last;
    private readonly int lastIndex;

    /// <summary>Puts results together.</summary>
    /// <param name="full">What a whole chunk gives.</param>
    /// <param name="last">What the last chunk gives, which may be smaller.</param>
    /// <param name="chunks">How many there are.</param>
    /// <exception cref="EngineException">OutputShapeMismatch where they make no array together.</exception>
    public ChunkRows(ShapeDtypeStruct full, ShapeDtypeStruct last, int chunks)
    {
        (this.full, this.last, lastIndex) = (AsRows(full), AsRows(last), chunks - 1);
        if (full.Dtype != last.Dtype || !this.full.Shape.AsSpan()[1..].SequenceEqual(this.last.Shape.AsSpan()[1..]))
        {
            throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"A whole chunk gives {full} and the last one {last}; along the first axis they make no array. Use output.files."
            );
        }

        Whole = new ShapeDtypeStruct(
            full.Dtype,
            ImmutableArray.Create(
                [checked((this.full.Shape[0] * lastIndex) + this.last.Shape[0]), .. this.full.Shape[1..]]
            )
        );
    }

    /// <summary>What all chunks make together; it may be larger than any array in memory.</summary>
    public ShapeDtypeStruct Whole { get; }

    /// <summary>How many bytes that is.</summary>
    public long Bytes => checked((full.ByteLength * lastIndex) + last.ByteLength);

    /// <summary>Where a chunk's bytes begin.</summary>
    public long Offset(PlannedChunk chunk) => full.ByteLength * chunk.Index;

    /// <summary>Throws where a result is not what was expected of the chunk.</summary>
    public void Require(ShapeDtypeStruct result, PlannedChunk chunk)
    {
        var expected = Expected(chunk);
        if (!AsRows(result).Equals(expected))
        {
            throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"The chunk gave {result}, and {expected} was inferred. Results whose shapes depend on data go to output.files."
            );
        }
    }

    /// <summary>What stands in the place of a chunk without a result: NaN, or 0 where the dtype has none.</summary>
    public byte[] Missing(PlannedChunk chunk)
    {
        var bytes = new byte[Expected(chunk).ByteLength];
        switch (full.Dtype)
        {
            case DType.Float64 or DType.Complex128:
                MemoryMarshal.Cast<byte, double>(bytes.AsSpan()).Fill(double.NaN);
                break;
            case DType.Float32 or DType.Complex64:
                MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).Fill(float.NaN);
                break;
            case DType.Float16:
                MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()).Fill(Half.NaN);
                break;
            case DType.BFloat16:
                MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()).Fill(0x7FC0);
                break;
            default:
                break;
        }

        return bytes;
    }

    private ShapeDtypeStruct Expected(PlannedChunk chunk) => chunk.Index == lastIndex ? last : full;

    private static ShapeDtypeStruct AsRows(ShapeDtypeStruct shape) =>
        shape.Shape.Length > 0 ? shape : new ShapeDtypeStruct(shape.Dtype, ImmutableArray.Create(1L));
}
