using System.IO.Compression;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>NumPy's npz files: zip files of npy files, stored or deflated.</summary>
public static class Npz
{
    private const string Extension = ".npy";

    // The first day a zip file can name: equal arrays give equal files.
    private static readonly DateTimeOffset NoDate = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Reads all arrays of a file, in its order. The caller disposes of them; on an error none is left.</summary>
    /// <param name="file">All of its bytes.</param>
    /// <param name="limits">The bounds; they hold for what the file would unpack to.</param>
    /// <param name="dtypeOf">The dtype of an array by its name, where the caller knows it; null to take the file's word.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static IReadOnlyDictionary<string, NDArray> Read(
        ReadOnlySpan<byte> file,
        ReadLimits limits,
        Func<string, DType?>? dtypeOf = null,
        string path = ""
    ) => Bytes.Read(file, stream => Read(stream, limits, dtypeOf, path));

    /// <summary>Reads all arrays of a file, in its order. The caller disposes of them; on an error none is left.</summary>
    /// <param name="stream">The file; one that can be sought in, and nothing but the file.</param>
    /// <param name="limits">The bounds; they hold for what the file would unpack to.</param>
    /// <param name="dtypeOf">The dtype of an array by its name, where the caller knows it; null to take the file's word.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static IReadOnlyDictionary<string, NDArray> Read(
        Stream stream,
        ReadLimits limits,
        Func<string, DType?>? dtypeOf = null,
        string path = ""
    )
    {
        var (place, budget) = (new ReadPath(path), new ReadBudget(limits));
        var entries = new ZipDirectory(stream, budget, place).Read();
        RequireNames(entries, place);
        RequireTotal(entries, limits, place);
        var arrays = new OrderedDictionary<string, NDArray>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in entries)
            {
                var name = entry.Name[..^Extension.Length];
                place.Push(name);
                arrays.Add(name, ReadEntry(stream, entry, budget, dtypeOf?.Invoke(name), place));
                place.Pop();
            }

            return arrays;
        }
        catch
        {
            foreach (var array in arrays.Values)
            {
                array.Dispose();
            }

            throw;
        }
    }

    /// <summary>Writes arrays by name; stored, or deflated where <paramref name="compress"/> says so.</summary>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, NDArray>> arrays, bool compress = false)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, array) in arrays)
        {
            var entry = archive.CreateEntry(
                name + Extension,
                compress ? CompressionLevel.Fastest : CompressionLevel.NoCompression
            );
            entry.LastWriteTime = NoDate;
            using var content = entry.Open();
            Npy.Write(content, array);
        }
    }

    private static NDArray ReadEntry(Stream file, ZipEntry entry, ReadBudget budget, DType? dtype, ReadPath path)
    {
        using var content = ZipEntryStream.Open(file, entry, path);
        var array = Npy.ReadWhole(content, entry.Length, budget, dtype, path);
        try
        {
            content.Verify();
            return array;
        }
        catch
        {
            array.Dispose();
            throw;
        }
    }

    private static void RequireNames(IReadOnlyList<ZipEntry> entries, ReadPath path)
    {
        var unique = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var name = entry.Name;
            if (
                !name.EndsWith(Extension, StringComparison.Ordinal)
                || name.StartsWith('/')
                || name.AsSpan().IndexOfAny('\\', ':', '\0') >= 0
                || name.Split('/').Contains("..")
                || !unique.Add(name)
            )
            {
                throw ReadError.Malformed(
                    "An npz file holds npy files with names of their own, without \"..\", drives and leading slashes.",
                    path
                );
            }
        }
    }

    private static void RequireTotal(IReadOnlyList<ZipEntry> entries, ReadLimits limits, ReadPath path)
    {
        if (
            entries.Aggregate((UInt128)0, (sum, entry) => sum + (ulong)entry.Length) is var total
            && total > (ulong)limits.MaxTotalBytes + ((ulong)entries.Count << 14)
        )
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The file would unpack to {total} bytes; at most {limits.MaxTotalBytes} are read.",
                path.ToString()
            );
        }
    }
}
