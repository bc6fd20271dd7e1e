using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Torch2Jax.Functions;

namespace Torch2Jax.Registry.Storage;

/// <summary>
/// SHA-256 over values written one after the other, each with its kind and length, so that no two different lists of
/// values are the same bytes.
/// </summary>
internal static class ContentHash
{
    /// <summary>Lone surrogates are an error: they would all become the same replacement character.</summary>
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The hash of a version: it covers every member of <see cref="FunctionContent"/>, in their order.</summary>
    public static string Of(FunctionContent content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, "torch2jax function 1");
        Append(hash, content.Source);
        Append(hash, content.Archive);
        Append(hash, content.Entry);
        Append(hash, content.Functional ? "true" : "false");
        Append(hash, content.ExampleArgs);
        Append(hash, content.ExampleKwargs);
        Append(hash, content.OutputShapes);
        Append(hash, content.VmapMethod);
        Append(hash, content.Nondiff);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The hash that stands for the long members of a shape-cache key.</summary>
    public static byte[] Of(ShapeCacheKey key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, key.Program);
        Append(hash, key.ShapeKey);
        Append(hash, key.Device);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string? text) =>
        Append(hash, 't', text is null ? default(ReadOnlyMemory<byte>?) : Strict.GetBytes(text));

    private static void Append(IncrementalHash hash, ReadOnlyMemory<byte>? bytes) => Append(hash, 'b', bytes);

    private static void Append(IncrementalHash hash, char kind, ReadOnlyMemory<byte>? bytes)
    {
        Span<byte> head = stackalloc byte[9];
        head[0] = (byte)kind;
        // No value is told from an empty one.
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], bytes?.Length ?? -1);
        hash.AppendData(head);
        if (bytes is { } present)
        {
            hash.AppendData(present.Span);
        }
    }
}
