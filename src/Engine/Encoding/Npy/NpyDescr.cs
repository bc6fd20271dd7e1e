using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>An element type as NumPy names it: a dtype, and whether its bytes are the other way round.</summary>
internal readonly record struct NpyDescr(DType Dtype, bool BigEndian)
{
    /// <summary>Reads a descr such as <c>&lt;f4</c>.</summary>
    /// <param name="descr">The text.</param>
    /// <param name="wanted">What the caller knows the dtype to be, where NumPy has no name for it; else null.</param>
    /// <param name="path">Where the file stands, for errors.</param>
    public static NpyDescr Parse(string descr, DType? wanted, ReadPath path)
    {
        var (order, type) =
            descr.Length > 1 && descr[0] is ('<' or '>' or '|' or '=') ? (descr[0], descr[1..]) : ('|', descr);
        if (type is "O" or "O4" or "O8")
        {
            throw ReadError.Malformed(
                "Arrays of Python objects are not read: that would run what is pickled in them.",
                path
            );
        }

        // What NumPy lacks is stored as raw or unsigned bytes; only the caller can know what they are.
        if (wanted is { } asked && IsCarrier(type, asked))
        {
            return new NpyDescr(asked, order == '>' && asked.ItemSize() > 1);
        }

        if (!DTypes.TryParseNumpyDescr("<" + type, out var dtype) && !DTypes.TryParseNumpyDescr("|" + type, out dtype))
        {
            throw new EngineException(
                ErrorCode.UnsupportedDtype,
                $"Unsupported dtype: NumPy's '{descr}'. Supported are {DTypes.SupportedNames}.",
                path.ToString()
            );
        }

        return wanted is null || wanted == dtype
            ? new NpyDescr(dtype, order == '>' && dtype.ItemSize() > 1)
            : throw ReadError.Malformed($"The array is {dtype.Name()}, but {wanted.Value.Name()} was expected.", path);
    }

    private static bool IsCarrier(string type, DType asked) =>
        asked.ItemSize() switch
        {
            1 => asked.NumpyDescr() == "|V1" && type is ("V1" or "u1"),
            2 => asked == DType.BFloat16 && type is ("V2" or "u2"),
            _ => false,
        };
}
