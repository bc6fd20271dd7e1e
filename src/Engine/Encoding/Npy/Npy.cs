using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>
/// NumPy's npy files. NumPy has no bfloat16: it is written as ml_dtypes writes it, <c>&lt;V2</c>, and read from that, or
/// from <c>&lt;u2</c> where the caller says that it is bfloat16.
/// </summary>
public static class Npy
{
    /// <summary>Reads a whole file.</summary>
    /// <param name="file">All of its bytes.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="dtype">The dtype, where the caller knows it; null to take the file's word.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static NDArray Read(ReadOnlySpan<byte> file, ReadLimits limits, DType? dtype = null, string path = "") =>
        Bytes.Read(file, stream => ReadWhole(stream, stream.Length, new ReadBudget(limits), dtype, new ReadPath(path)));

    /// <summary>Reads one array from where the stream is; leaves it behind the last element.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="dtype">The dtype, where the caller knows it; null to take the file's word.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static NDArray Read(Stream stream, ReadLimits limits, DType? dtype = null, string path = "") =>
        Read(
            stream,
            NpyHeader.Read(stream, new ReadPath(path)),
            stream.CanSeek ? stream.Length - stream.Position : null,
            new ReadBudget(limits),
            dtype,
            new ReadPath(path)
        );

    /// <summary>Writes an array: version 1, row-major, little-endian.</summary>
    public static void Write(Stream stream, NDArray array)
    {
        WriteHeader(stream, array);
        stream.Write(array.Bytes);
        GC.KeepAlive(array);
    }

    /// <summary>Writes what stands before the array's bytes, for a caller that sends those by itself.</summary>
    public static void WriteHeader(Stream stream, NDArray array) => NpyHeader.Write(stream, array);

    /// <summary>Reads an array behind which nothing may follow.</summary>
    internal static NDArray ReadWhole(Stream stream, long length, ReadBudget budget, DType? dtype, ReadPath path)
    {
        var header = NpyHeader.Read(stream, path);
        var array = Read(stream, header, length - header.Length, budget, dtype, path);
        if (header.Length + array.ByteLength == length)
        {
            return array;
        }

        array.Dispose();
        throw ReadError.BytesBehind(path);
    }

    private static NDArray Read(
        Stream stream,
        NpyHeader header,
        long? available,
        ReadBudget budget,
        DType? wanted,
        ReadPath path
    )
    {
        var descr = NpyDescr.Parse(header.Descr, wanted, path);
        var array = Allocate(header, descr, available, budget, path);
        try
        {
            Bytes.Fill(stream, array.Bytes, path);
            return Finish(array, header, descr, path);
        }
        catch
        {
            array.Dispose();
            throw;
        }
    }

    /// <summary>Takes memory for the elements that the header announces.</summary>
    internal static NDArray Allocate(
        NpyHeader header,
        NpyDescr descr,
        long? available,
        ReadBudget budget,
        ReadPath path
    )
    {
        var described = Describe(descr.Dtype, header.Shape, path);
        budget.TakeArray(described, path);
        return described.ByteLength > available ? throw ReadError.CutShort(path) : NDArray.Allocate(described);
    }

    /// <summary>Checks the elements, and puts them into this machine's order.</summary>
    internal static NDArray Finish(NDArray array, NpyHeader header, NpyDescr descr, ReadPath path)
    {
        if (!RawBytes.AreValid(array))
        {
            throw ReadError.Malformed("A boolean is neither 0 nor 1.", path);
        }

        if (descr.BigEndian)
        {
            ArrayLayout.ReverseEndianness(array);
        }

        return header.FortranOrder && array.Rank > 1 ? RowMajor(array) : array;
    }

    private static NDArray RowMajor(NDArray fortran)
    {
        var array = NDArray.Allocate(fortran.Aval);
        ArrayLayout.FromFortranOrder(fortran, array);
        fortran.Dispose();
        return array;
    }

    private static ShapeDtypeStruct Describe(DType dtype, long[] shape, ReadPath path)
    {
        try
        {
            return new ShapeDtypeStruct(dtype, ImmutableArray.Create(shape));
        }
        catch (EngineException exception)
        {
            throw new EngineException(exception.Code, exception.Message, path.ToString());
        }
    }
}
