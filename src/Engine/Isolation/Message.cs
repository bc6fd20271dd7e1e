using System.Runtime.CompilerServices;
using Torch2Jax.Errors;

namespace Torch2Jax.Isolation;

/// <summary>What a request asks for (src/Native/worker/requests.h describes requests and answers).</summary>
internal enum RequestKind : long
{
    Compile = 1,
    Load = 2,
    Program = 3,
    Call = 4,
    Infer = 5,
    Rest = 6,
    Probe = 7,
}

/// <summary>Where the bytes of an array in a message are.</summary>
internal enum Place : long
{
    Nowhere = 0,
    Inline = 1,
    Inputs = 2,
    Arena = 3,
}

/// <summary>The layout of a worker's region, as in t2j_isolation.h.</summary>
internal static class Region
{
    public const int Counters = 64;
    public const int Request = 4096;
    public const int Area = 4 << 20;
    public const int Answer = Request + Area;
    public const int Arena = 16 << 20;
    public const int ArrayAlignment = 64;
}

/// <summary>Writes a request into a worker's region.</summary>
internal unsafe ref struct RequestWriter(byte* start)
{
    private long at;

    /// <summary>How many bytes are left.</summary>
    public readonly long Left => Region.Area - at;

    public void Word(long value)
    {
        Unsafe.WriteUnaligned(Step(sizeof(long)), value);
    }

    public void Text(ReadOnlySpan<byte> text)
    {
        Word(text.Length);
        text.CopyTo(new Span<byte>(Step(text.Length), text.Length));
        Align(sizeof(long));
    }

    public void Text(string text)
    {
        int length = System.Text.Encoding.UTF8.GetByteCount(text);
        Word(length);
        System.Text.Encoding.UTF8.GetBytes(text, new Span<byte>(Step(length), length));
        Align(sizeof(long));
    }

    public void Array(ReadOnlySpan<byte> bytes)
    {
        Align(Region.ArrayAlignment);
        bytes.CopyTo(new Span<byte>(Step(bytes.Length), bytes.Length));
        Align(sizeof(long));
    }

    private void Align(long to) => at = (at + to - 1) / to * to;

    private byte* Step(long length)
    {
        if (length > Region.Area - at)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The call has more than the {Region.Area} bytes that its shapes and small arrays may have together."
            );
        }
        byte* here = start + at;
        at += length;
        return here;
    }
}

/// <summary>
/// Reads an answer. A worker may be out of its mind, so each word is read once and nothing outside the area is touched.
/// </summary>
internal unsafe ref struct AnswerReader(byte* start)
{
    private long at;

    public long Word() => Unsafe.ReadUnaligned<long>(Step(sizeof(long)));

    public ReadOnlySpan<byte> Text()
    {
        long length = Word();
        byte* here = Step(length);
        Align(sizeof(long));
        return new ReadOnlySpan<byte>(here, (int)length);
    }

    public ReadOnlySpan<byte> Array(long length)
    {
        Align(Region.ArrayAlignment);
        byte* here = Step(length);
        Align(sizeof(long));
        return new ReadOnlySpan<byte>(here, (int)length);
    }

    /// <summary>A count of things that take at least a word each.</summary>
    public int Count()
    {
        long count = Word();
        return count is >= 0 and <= Region.Area / sizeof(long) ? (int)count : throw Unreadable();
    }

    public static EngineException Unreadable() =>
        new(ErrorCode.ExecutionFailed, "The worker process that ran the function gave an answer that cannot be read.");

    private void Align(long to) => at = (at + to - 1) / to * to;

    private byte* Step(long length)
    {
        if (length < 0 || length > Region.Area - at)
        {
            throw Unreadable();
        }
        byte* here = start + at;
        at += length;
        return here;
    }
}
