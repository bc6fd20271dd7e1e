namespace Torch2Jax.Encoding;

/// <summary>One entry of a zip file's central directory.</summary>
/// <param name="Name">Its name, as it is written.</param>
/// <param name="IsDeflated">Whether it is compressed; else it is stored.</param>
/// <param name="Crc">The check sum of the unpacked bytes.</param>
/// <param name="PackedLength">Bytes in the file.</param>
/// <param name="Length">Bytes unpacked.</param>
/// <param name="Offset">Where its local header begins.</param>
internal sealed record ZipEntry(string Name, bool IsDeflated, uint Crc, long PackedLength, long Length, long Offset);
