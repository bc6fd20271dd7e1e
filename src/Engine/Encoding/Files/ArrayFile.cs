using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Encoding;

/// <summary>Files of arrays, whoever reads and writes them: the ending says how.</summary>
public static class ArrayFile
{
    private static readonly string[] ByFormat = [".npy", ".npz", ".safetensors", ".json", ".csv"];

    private static readonly ReadLimits Limits = ReadLimits.Default with { MaxArrayBytes = int.MaxValue };

    /// <summary>The endings of the files that can be read and written.</summary>
    public static IReadOnlyList<string> Endings => ByFormat;

    /// <summary>The format that a path's ending names, in upper or lower case; null where it names none.</summary>
    public static ArrayFileFormat? FormatOf(string path) =>
        Array.IndexOf(ByFormat, Path.GetExtension(path).ToLowerInvariant()) is var index and >= 0
            ? (ArrayFileFormat)index
            : null;

    /// <summary>Whether files of a format hold arrays by name.</summary>
    public static bool IsNamed(ArrayFileFormat format) => format is ArrayFileFormat.Npz or ArrayFileFormat.Safetensors;

    /// <summary>
    /// Reads a file: one array of npy and csv, a dict of arrays of npz and safetensors, a tree of json. The caller disposes of
    /// the arrays; on an error none is left.
    /// </summary>
    /// <param name="stream">The whole file; of an npz one that can be sought in.</param>
    /// <param name="format">Its format.</param>
    /// <param name="name">What errors call the file.</param>
    /// <param name="key">The one array that is wanted of those by name; null for all.</param>
    /// <param name="csv">How a csv file is read.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static PyTree<IArgumentLeaf> Read(
        Stream stream,
        ArrayFileFormat format,
        string name,
        string? key = null,
        CsvOptions? csv = null
    ) =>
        format switch
        {
            ArrayFileFormat.Npy => PyTree.Leaf<IArgumentLeaf>(ReadNpy(stream, name)),
            ArrayFileFormat.Csv => PyTree.Leaf<IArgumentLeaf>(CsvFile.Read(stream, csv ?? CsvOptions.Default, name)),
            ArrayFileFormat.Json => ReadJson(stream, name),
            _ when key is null => PyTree.Dict(
                ReadNamed(stream, format, name)
                    .Select(item => KeyValuePair.Create(item.Key, PyTree.Leaf<IArgumentLeaf>(item.Value)))
            ),
            _ => PyTree.Leaf<IArgumentLeaf>(Pick(ReadNamed(stream, format, name), key, name)),
        };

    /// <summary>Reads the arrays of an npz or safetensors file, in the file's order.</summary>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static IReadOnlyDictionary<string, NDArray> ReadNamed(Stream stream, ArrayFileFormat format, string name) =>
        format == ArrayFileFormat.Npz ? Npz.Read(stream, Limits, null, name) : Safetensors.Read(stream, Limits, name);

    /// <summary>Writes arrays.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="format">The format.</param>
    /// <param name="arrays">One array for npy and csv; for npz and safetensors they get the names of <see cref="Named"/>.</param>
    /// <param name="compress">Whether an npz is deflated.</param>
    /// <exception cref="EngineException">OutputShapeMismatch or UnsupportedDtype where the format cannot hold them.</exception>
    public static void Write(Stream stream, ArrayFileFormat format, PyTree<NDArray> arrays, bool compress = false)
    {
        switch (format)
        {
            case ArrayFileFormat.Npy:
                Npy.Write(stream, Single(arrays, format));
                break;
            case ArrayFileFormat.Csv:
                CsvFile.Write(stream, Single(arrays, format));
                break;
            case ArrayFileFormat.Npz:
                Npz.Write(stream, Named(arrays), compress);
                break;
            case ArrayFileFormat.Safetensors:
                Safetensors.Write(stream, Named(arrays));
                break;
            default:
                using (var json = new Utf8JsonWriter(stream))
                {
                    TreeJson.Write(json, arrays, ArrayEncoding.Nested);
                }

                break;
        }
    }

    /// <summary>The arrays by name: a dict's by its keys joined with dots, else <c>output0</c>, <c>output1</c> ...</summary>
    public static IEnumerable<KeyValuePair<string, NDArray>> Named(PyTree<NDArray> arrays) =>
        LeafNames.Of(arrays.Structure).Zip(arrays.Leaves, KeyValuePair.Create);

    private static NDArray ReadNpy(Stream stream, string name)
    {
        var array = Npy.Read(stream, Limits, null, name);
        if (stream.ReadByte() < 0)
        {
            return array;
        }

        array.Dispose();
        throw ReadError.BytesBehind(new ReadPath(name));
    }

    private static PyTree<IArgumentLeaf> ReadJson(Stream stream, string name)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var reader = new Utf8JsonReader(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), TreeJson.ReaderOptions);
        return TreeJson.Read(ref reader, name, Limits);
    }

    private static NDArray Pick(IReadOnlyDictionary<string, NDArray> arrays, string key, string name)
    {
        foreach (var (_, other) in arrays.Where(item => item.Key != key))
        {
            other.Dispose();
        }

        return arrays.TryGetValue(key, out var array)
            ? array
            : throw ReadError.Malformed(
                $"The file has no array \"{key}\"; it has {string.Join(", ", arrays.Keys.Take(20))}.",
                name
            );
    }

    private static NDArray Single(PyTree<NDArray> arrays, ArrayFileFormat format) =>
        arrays.Leaves is [{ } only]
            ? only
            : throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"There are {arrays.Leaves.Count} arrays and a {ByFormat[(int)format]} file holds one; let the file end in .npz "
                    + "or .safetensors."
            );
}
