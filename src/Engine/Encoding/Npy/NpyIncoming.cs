using System.Buffers.Binary;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>
/// An npy file of which the header has come: whoever reads the connection puts the elements straight into the array's
/// memory, so that they lie in memory once.
/// </summary>
public sealed class NpyIncoming : IDisposable
{
    /// <summary>Bytes that tell how long the header is.</summary>
    public const int PrefixLength = 12;

    private readonly NpyHeader header;
    private readonly NpyDescr descr;
    private bool finished;

    private NpyIncoming(NpyHeader header, NpyDescr descr, NDArray array)
    {
        this.header = header;
        this.descr = descr;
        Array = array;
    }

    /// <summary>Takes the elements as they come; it is the caller's only after <see cref="Finish"/>.</summary>
    public NDArray Array { get; }

    /// <summary>Bytes before the first element.</summary>
    /// <param name="prefix">The first <see cref="PrefixLength"/> bytes.</param>
    /// <exception cref="EngineException">MalformedRequest.</exception>
    public static int HeaderLength(ReadOnlySpan<byte> prefix)
    {
        var length =
            prefix[6] == 1
                ? 10L + BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])
                : 12L + BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        return length is >= PrefixLength and <= NpyHeader.MaxLength + PrefixLength
            ? (int)length
            : throw ReadError.Malformed("This is not an npy file of version 1, 2 or 3.", new ReadPath(""));
    }

    /// <summary>Reads the header, and takes memory for the elements.</summary>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static NpyIncoming Begin(ReadOnlySpan<byte> header, ReadLimits limits)
    {
        var path = new ReadPath("");
        var read = Bytes.Read(header, stream => NpyHeader.Read(stream, path));
        var descr = NpyDescr.Parse(read.Descr, null, path);
        return new NpyIncoming(read, descr, Npy.Allocate(read, descr, null, new ReadBudget(limits), path));
    }

    /// <summary>The array, once all elements are there; the caller disposes of it.</summary>
    /// <exception cref="EngineException">MalformedRequest.</exception>
    public NDArray Finish()
    {
        var array = Npy.Finish(Array, header, descr, new ReadPath(""));
        finished = true;
        return array;
    }

    /// <summary>Frees the array of a file that did not come whole.</summary>
    public void Dispose()
    {
        if (!finished)
        {
            Array.Dispose();
        }
    }
}
