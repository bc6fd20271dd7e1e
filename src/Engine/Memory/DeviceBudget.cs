namespace Torch2Jax.Memory;

/// <summary>The memory of one device, as running calls share it.</summary>
/// <param name="name">The device's name.</param>
/// <param name="limit">Bytes that all calls together may need; 0 for no limit.</param>
internal sealed class DeviceBudget(string name, long limit)
{
    // More than any machine has, and little enough to be counted.
    private const long MostBytes = 1L << 46;

    // Calls and their bytes are one number, so that both change at once.
    private const long OneCall = 1L << 48;
    private const long Bytes = OneCall - 1;

    private readonly long limit = Math.Min(limit, MostBytes);
    private long state;
    private long tooLarge;
    private long overloaded;

    /// <summary>The device's name.</summary>
    public string Name => name;

    /// <summary>Whether it is the processor, whose memory callers' arrays lie in too.</summary>
    public bool IsProcessor { get; } = name == "cpu";

    /// <summary>Bytes that all calls together may need; 0 for no limit.</summary>
    public long Limit => limit;

    /// <summary>Bytes that running calls are thought to need.</summary>
    public long Reserved => Volatile.Read(ref state) & Bytes;

    /// <summary>Calls that run.</summary>
    public int InFlight => (int)(Volatile.Read(ref state) / OneCall);

    /// <summary>Calls turned away because they alone are too large.</summary>
    public long TooLarge => Volatile.Read(ref tooLarge);

    /// <summary>Calls turned away because others had the memory.</summary>
    public long Overloaded => Volatile.Read(ref overloaded);

    /// <summary>Takes bytes until <see cref="Leave"/>; false where they are not there now.</summary>
    public bool TryEnter(long bytes)
    {
        var now = Volatile.Read(ref state);
        while (true)
        {
            if (limit > 0 && bytes > limit - (now & Bytes))
            {
                return false;
            }

            var seen = Interlocked.CompareExchange(ref state, now + OneCall + Counted(bytes), now);
            if (seen == now)
            {
                return true;
            }

            now = seen;
        }
    }

    /// <summary>Gives back what <see cref="TryEnter"/> took.</summary>
    public void Leave(long bytes) => Interlocked.Add(ref state, -(OneCall + Counted(bytes)));

    /// <summary>Counts a call that found no memory.</summary>
    public void CountRefusal(bool isTooLarge) => Interlocked.Increment(ref isTooLarge ? ref tooLarge : ref overloaded);

    // Without a limit nobody asks for the sum, which could then be any number.
    private long Counted(long bytes) => limit > 0 ? bytes : 0;
}
