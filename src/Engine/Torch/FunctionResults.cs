using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>What a function itself returned: the tree, and the dtypes of its leaves.</summary>
internal sealed record FunctionResult(byte[] Code, TreeDef Structure, ImmutableArray<DType> Dtypes)
{
    public bool Matches(ReadOnlySpan<byte> code, ReadOnlySpan<DType> dtypes) =>
        code.SequenceEqual(Code) && dtypes.SequenceEqual(Dtypes.AsSpan());
}

/// <summary>Reads what runs of one program say of it. It mostly says the same, so the last one read is kept.</summary>
internal sealed class FunctionResults
{
    private FunctionResult? last;

    public FunctionResult Read(ReadOnlySpan<byte> code, ReadOnlySpan<DType> dtypes)
    {
        FunctionResult? known = Volatile.Read(ref last);
        if (known is not null && known.Matches(code, dtypes))
        {
            return known;
        }
        var read = new FunctionResult(
            code.ToArray(),
            StructureCode.Parse(System.Text.Encoding.UTF8.GetString(code)),
            ImmutableArray.Create(dtypes)
        );
        Volatile.Write(ref last, read);
        return read;
    }

    /// <summary>Lines that each end with a line feed.</summary>
    public static string[] Lines(ReadOnlySpan<byte> text) =>
        text.IsEmpty
            ? []
            : System.Text.Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
