using System.Buffers.Text;
using System.Security.Cryptography;

namespace Torch2Jax.Registry.Keys;

/// <summary>
/// The text of a key: <c>t2j_</c>, eight public characters, <c>_</c>, and 32 random bytes in base64url. Scanners for leaked
/// secrets can find it by its beginning, and people can say which key they mean without telling it.
/// </summary>
public static class KeyText
{
    /// <summary>How every key begins.</summary>
    public const string Mark = "t2j_";

    private const int PublicLength = 8;
    private const int SecretBytes = 32;
    private const int PrefixLength = 4 + PublicLength;

    /// <summary>Characters of a key.</summary>
    public const int Length = PrefixLength + 1 + 43;

    /// <summary>Bytes of a key's hash.</summary>
    public const int HashLength = SHA256.HashSizeInBytes;

    internal static (string Text, string Prefix, byte[] Sha256) Make()
    {
        var prefix = Mark + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", PublicLength);
        var text = $"{prefix}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var hash = new byte[HashLength];
        TryHash(text, hash);
        return (text, prefix, hash);
    }

    /// <summary>The SHA-256 of a key's text, without taking memory; false where the text cannot be a key's.</summary>
    public static bool TryHash(ReadOnlySpan<char> text, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (
            text.Length != Length
            || !text.StartsWith(Mark, StringComparison.Ordinal)
            || System.Text.Ascii.FromUtf16(text, bytes, out _) != System.Buffers.OperationStatus.Done
        )
        {
            return false;
        }
        SHA256.HashData(bytes, hash);
        return true;
    }
}
