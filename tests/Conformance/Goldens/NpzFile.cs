using System.Buffers.Binary;
using System.IO.Compression;

namespace Torch2Jax.Conformance.Goldens;

/// <summary>The bytes of the arrays in a recorded .npz (version 1.0, C order, little endian; the tree knows the dtype).</summary>
internal sealed class NpzFile
{
    private readonly Dictionary<string, byte[]> arrays = [];

    public NpzFile(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            var file = copy.ToArray();
            var header = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
            Assert.Contains(
                "'fortran_order': False",
                System.Text.Encoding.ASCII.GetString(file, 10, header),
                StringComparison.Ordinal
            );
            arrays[Path.GetFileNameWithoutExtension(entry.FullName)] = file[(10 + header)..];
        }
    }

    public byte[] Read(string name) => arrays[name];
}
