using Torch2Jax.Arrays;

namespace Torch2Jax.Memory;

/// <summary>What a call is thought to need, before it runs.</summary>
/// <param name="Inputs">Bytes of its arguments.</param>
/// <param name="Held">Bytes of tensors that it will hold beside them at once.</param>
/// <param name="Basis">Where <paramref name="Held"/> comes from.</param>
internal readonly record struct MemoryEstimate(long Inputs, long Held, EstimateBasis Basis)
{
    /// <summary>Bytes in all.</summary>
    public long Total => Math.Min(Inputs, Most) + Math.Min(Held, Most);

    // Shapes alone may describe more than 64 bits can count.
    private const long Most = 1L << 56;

    /// <summary>Bytes of arrays of these shapes; so many that no machine has them where there are more.</summary>
    public static long BytesOf(IEnumerable<ShapeDtypeStruct> shapes)
    {
        var bytes = Int128.Zero;
        foreach (var shape in shapes)
        {
            bytes += (Int128)shape.Size * shape.Dtype.ItemSize();
        }

        return (long)Int128.Min(bytes, Most);
    }

    /// <summary>The sum in words.</summary>
    public override string ToString() =>
        Basis switch
        {
            EstimateBasis.Nothing => $"at least {Total} bytes: its arguments alone",
            EstimateBasis.Outputs => $"at least {Total} bytes: {Inputs} of arguments and {Held} of outputs",
            _ => $"{Total} bytes: {Inputs} of arguments and {Held} of tensors, as earlier calls of these shapes did",
        };
}

/// <summary>What an estimate is built on.</summary>
internal enum EstimateBasis
{
    /// <summary>The shapes are new.</summary>
    Nothing,

    /// <summary>The outputs' shapes are known.</summary>
    Outputs,

    /// <summary>A call of the same shapes ran before.</summary>
    Peak,

    /// <summary>The same, but what it needs depends on data.</summary>
    DynamicPeak,
}
