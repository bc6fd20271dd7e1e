using System.IO.Hashing;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>Reads files of arrays and hashes what they hold.</summary>
internal static class HashedFile
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
        var format = ArrayFile.FormatOf(file) is { } known and not ArrayFileFormat.Json
            ? known
            : throw ManifestObject.Error("Files end in .npy, .npz, .safetensors or .csv.", name);
        if (format != ArrayFileFormat.Npz)
        {
            return ArrayFile.Read(new HashingStream(stream, hash), format, name, key, csv);
        }

        // It is read in the order of its directory, at its end.
        hash.Append(stream);
        stream.Position = 0;
        return ArrayFile.Read(stream, format, name, key, csv);
    }
}
