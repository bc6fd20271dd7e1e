using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;

namespace Torch2Jax.Batches;

/// <summary>An npy file of any size of which slices along one axis are read; the file as a whole never is.</summary>
internal sealed class ArraySlices : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly int start;
    private readonly bool bigEndian;
    private readonly long[] shape;
    private readonly string name;

    /// <summary>Opens a file and looks at its header.</summary>
    /// <exception cref="Errors.EngineException">MalformedRequest or UnsupportedDtype.</exception>
    public ArraySlices(string path, int axis, string place)
    {
        name = Path.GetFileName(path);
        // Whoever writes the file is not kept out: a change is noticed by its mark.
        file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            using var stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), false), FileAccess.Read);
            var header = NpyHeader.Read(stream, new ReadPath(name));
            var descr = NpyDescr.Parse(header.Descr, null, new ReadPath(name));
            (start, shape, Dtype, bigEndian) = (header.Length, header.Shape, descr.Dtype, descr.BigEndian);
            if (header.FortranOrder && shape.Length > 1)
            {
                throw ManifestObject.Error(
                    "The array is in Fortran order; write it in C order (numpy.ascontiguousarray) to split it.",
                    place
                );
            }

            if (axis >= shape.Length)
            {
                throw ManifestObject.Error($"The array has {shape.Length} dimensions, so no axis {axis}.", place);
            }

            Axis = axis;
            var needed = shape.Aggregate((Int128)Dtype.ItemSize(), (product, dimension) => product * dimension) + start;
            if (needed != RandomAccess.GetLength(file))
            {
                throw ManifestObject.Error("The file is not as long as its header says.", place);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The element type.</summary>
    public DType Dtype { get; }

    /// <summary>The axis that is split.</summary>
    public int Axis { get; }

    /// <summary>How many slices there are.</summary>
    public long Length => shape[Axis];

    /// <summary>Shape and dtype of some slices.</summary>
    public ShapeDtypeStruct Describe(long count)
    {
        long[] part = [.. shape];
        part[Axis] = count;
        return new ShapeDtypeStruct(Dtype, part.AsSpan());
    }

    /// <summary>Reads slices; safe on many threads at once.</summary>
    public NDArray Read(long first, long count, XxHash128 hash)
    {
        var array = NDArray.Allocate(Describe(count));
        try
        {
            // What lies behind the axis is contiguous in the file; what lies before it repeats.
            var inner = shape.Skip(Axis + 1).Aggregate((long)Dtype.ItemSize(), (product, d) => product * d);
            var outer = shape.Take(Axis).Aggregate(1L, (product, d) => product * d);
            var run = (int)(count * inner);
            for (var i = 0L; i < outer; i++)
            {
                Fill(array.Bytes.Slice((int)(i * run), run), start + (((i * Length) + first) * inner));
            }

            hash.Append(array.Bytes);
            if (!RawBytes.AreValid(array))
            {
                throw ManifestObject.Error("A boolean is neither 0 nor 1.", name);
            }

            if (bigEndian)
            {
                ArrayLayout.ReverseEndianness(array);
            }

            return array;
        }
        catch
        {
            array.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();

    private void Fill(Span<byte> room, long offset)
    {
        while (room.Length > 0)
        {
            var read = RandomAccess.Read(file, room, offset);
            if (read == 0)
            {
                throw ReadError.CutShort(new ReadPath(name));
            }

            room = room[read..];
            offset += read;
        }
    }
}
