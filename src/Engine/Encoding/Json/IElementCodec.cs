using System.Text.Json;

namespace Torch2Jax.Encoding;

/// <summary>Elements of one type as JSON values. Static, so that each type gets its own loop without calls.</summary>
/// <typeparam name="T">The element in memory.</typeparam>
internal interface IElementCodec<T>
    where T : unmanaged
{
    /// <summary>What an element must be, in words.</summary>
    static abstract string Expected { get; }

    /// <summary>No element takes more bytes of text.</summary>
    static abstract int MaxLength { get; }

    /// <summary>Whether an element is a list in JSON.</summary>
    static virtual bool IsPair => false;

    /// <summary>Reads the element whose first token the reader is on; leaves it on the last.</summary>
    static abstract bool TryRead(ref Utf8JsonReader reader, out T value);

    /// <summary>Writes an element; returns the number of bytes.</summary>
    static abstract int Format(T value, Span<byte> destination);
}
