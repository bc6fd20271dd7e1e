using System.IO.Hashing;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>Reads and writes whole files; the ending says how.</summary>
internal static class FileFormat
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Reads a file: an npy or csv file is one array, an npz or safetensors file a dict of them.</summary>
    /// <param name="file">Its full path.</param>
    /// <param name="key">The array of a dict that is wanted; null for all.</param>
    /// <param name="csv">How a csv file is read.</param>
    /// <param name="hash">Takes the file's bytes.</param>
    public static PyTree<IArgumentLeaf> Read(string file, string? key, CsvOptions csv, XxHash128 hash)
    {
        var name = Path.GetFileName(file);
        using var stream = new FileStream(
            file,
            new FileStreamOptions
            {
                Options = FileOptions.SequentialScan,
                BufferSize = BufferBytes,
                Share = FileShare.ReadWrite | FileShare.Delete,
            }
        );
        switch (Path.GetExtension(file).ToUpperInvariant())
        {
            case ".NPY":
                return PyTree.Leaf<IArgumentLeaf>(
                    ReadAll(stream, hash, hashed => Npy.Read(hashed, ReadLimits.Default, null, name))
                );
            case ".CSV":
                return PyTree.Leaf<IArgumentLeaf>(ReadAll(stream, hash, hashed => CsvFile.Read(hashed, csv, name)));
            case ".NPZ":
                // It is read in the order of its directory, at its end.
                hash.Append(stream);
                stream.Position = 0;
                return Pick(Npz.Read(stream, ReadLimits.Default, null, name), key, name);
            case ".SAFETENSORS":
                return Pick(
                    ReadAll(stream, hash, hashed => Safetensors.Read(hashed, ReadLimits.Default, name)),
                    key,
                    name
                );
            default:
                throw ManifestObject.Error("Files end in .npy, .npz, .safetensors or .csv.", name);
        }
    }

    /// <summary>Writes arrays in the format that the file's ending names.</summary>
    public static void Write(string file, Stream stream, PyTree<NDArray> tree)
    {
        switch (Path.GetExtension(file).ToUpperInvariant())
        {
            case ".NPY":
                Npy.Write(stream, Single(tree, ".npy"));
                break;
            case ".CSV":
                CsvFile.Write(stream, Single(tree, ".csv"));
                break;
            case ".NPZ":
                Npz.Write(stream, Named(tree));
                break;
            default:
                Safetensors.Write(stream, Named(tree));
                break;
        }
    }

    private static T ReadAll<T>(Stream stream, XxHash128 hash, Func<Stream, T> read)
        where T : class
    {
        var hashing = new HashingStream(stream, hash);
        var result = read(hashing);
        if (hashing.ReadByte() < 0)
        {
            return result;
        }

        (result as NDArray)?.Dispose();
        throw ManifestObject.Error("There are bytes behind the end of the data.", "");
    }

    private static PyTree<IArgumentLeaf> Pick(IReadOnlyDictionary<string, NDArray> arrays, string? key, string name)
    {
        if (key is null)
        {
            return PyTree.Dict(arrays.Select(p => KeyValuePair.Create(p.Key, PyTree.Leaf<IArgumentLeaf>(p.Value))));
        }

        foreach (var (_, other) in arrays.Where(pair => pair.Key != key))
        {
            other.Dispose();
        }

        return arrays.TryGetValue(key, out var array)
            ? PyTree.Leaf<IArgumentLeaf>(array)
            : throw ManifestObject.Error(
                $"The file has no array \"{key}\"; it has {string.Join(", ", arrays.Keys.Take(20))}.",
                name
            );
    }

    private static NDArray Single(PyTree<NDArray> tree, string ending) =>
        tree.Leaves is [{ } only]
            ? only
            : throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"A result has {tree.Leaves.Count} arrays and a {ending} file holds one; let output.files end in .npz or .safetensors."
            );

    private static IEnumerable<KeyValuePair<string, NDArray>> Named(PyTree<NDArray> tree) =>
        LeafNames.Of(tree.Structure).Zip(tree.Leaves, KeyValuePair.Create);
}
