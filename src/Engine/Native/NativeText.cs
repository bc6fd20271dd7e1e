using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Torch2Jax.Errors;

namespace Torch2Jax.Native;

/// <summary>Texts across the boundary: UTF-8, ended by NUL.</summary>
internal static unsafe class NativeText
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static string Read(byte* text) => System.Text.Encoding.UTF8.GetString(Span(text));

    /// <summary>The bytes before the NUL; they live as long as the handle they came from.</summary>
    public static ReadOnlySpan<byte> Span(byte* text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);

    /// <summary>A fixed field of a struct, which ends at its first NUL or at its length.</summary>
    public static string ReadFixed(byte* text, int capacity)
    {
        var bytes = new ReadOnlySpan<byte>(text, capacity);
        int end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>Writes <paramref name="text"/> and a NUL; null gives null.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What the text is, for the error.</param>
    /// <exception cref="EngineException">MalformedRequest: it holds U+0000 or a lone surrogate.</exception>
    [return: NotNullIfNotNull(nameof(text))]
    public static byte[]? Encode(string? text, string what)
    {
        if (text is null)
        {
            return null;
        }
        if (text.Contains('\0'))
        {
            throw new EngineException(ErrorCode.MalformedRequest, $"The {what} holds the character U+0000.");
        }
        try
        {
            var bytes = new byte[Strict.GetByteCount(text) + 1];
            Strict.GetBytes(text, bytes);
            return bytes;
        }
        catch (EncoderFallbackException error)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"The {what} holds a lone surrogate at position {error.Index}.",
                null,
                error
            );
        }
    }

    /// <summary>Writes a short ASCII name and a NUL into <paramref name="target"/>; false where it does not fit.</summary>
    public static bool TryEncodeName(string name, Span<byte> target)
    {
        if (Ascii.FromUtf16(name, target[..^1], out int written) != OperationStatus.Done || name.Contains('\0'))
        {
            return false;
        }
        target[written] = 0;
        return true;
    }
}
