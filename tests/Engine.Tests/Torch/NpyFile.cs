using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Torch2Jax.Arrays;

namespace Torch2Jax.Tests.Torch;

/// <summary>
/// Reads the arrays of a golden case (npy 1.0, C order, little endian). Apart from Encoding, so that its readers and these
/// cases do not share a mistake.
/// </summary>
internal static partial class NpyFile
{
    /// <summary>All arrays of an npz as their descr, shape and bytes.</summary>
    public static Dictionary<string, (string Descr, ImmutableArray<long> Shape, byte[] Data)> ReadAll(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        return zip.Entries.ToDictionary(entry => entry.Name[..^".npy".Length], Read);
    }

    /// <summary>An array with the dtype that the case names (bfloat16 is stored as uint16).</summary>
    public static NDArray ToArray((string Descr, ImmutableArray<long> Shape, byte[] Data) stored, string dtype)
    {
        NDArray array = NDArray.Allocate(DTypes.Parse(dtype), stored.Shape.AsSpan());
        stored.Data.CopyTo(array.Bytes);
        return array;
    }

    private static (string, ImmutableArray<long>, byte[]) Read(ZipArchiveEntry entry)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = entry.Open())
        {
            stream.CopyTo(bytes);
        }
        ReadOnlySpan<byte> file = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        Match header = Header().Match(System.Text.Encoding.Latin1.GetString(file.Slice(10, headerLength)));
        Assert.True(header.Success, $"{entry.FullName} has an unexpected header");
        ImmutableArray<long> shape =
        [
            .. header
                .Groups[2]
                .Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(long.Parse),
        ];
        return (header.Groups[1].Value, shape, file[(10 + headerLength)..].ToArray());
    }

    [GeneratedRegex(@"'descr': '([^']+)', 'fortran_order': False, 'shape': \(([^)]*)\)")]
    private static partial Regex Header();
}
