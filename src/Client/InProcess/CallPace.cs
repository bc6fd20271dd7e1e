using System.Runtime.CompilerServices;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;

namespace Torch2Jax.Client;

/// <summary>
/// Which calls are so short that nobody has to be able to leave them: those may run on the caller's own thread, which
/// saves the hand-over to another and back (about twice the time of a small call).
/// </summary>
internal sealed class CallPace
{
    private const double ShortMs = 10;
    private const long NeverShort = -1;

    private readonly ConditionalWeakTable<JaxFunction, StrongBox<long>> shortBytes = [];

    /// <summary>
    /// Whether a call is taken for short: a plain one, without values that loops may count to, of arrays no larger in all
    /// than in an earlier call that was short.
    /// </summary>
    public bool IsShort(JaxFunction function, Invocation call)
    {
        var bytes = Bytes(call);
        return bytes >= 0 && shortBytes.TryGetValue(function, out var seen) && bytes <= Volatile.Read(ref seen.Value);
    }

    /// <summary>Remembers how long a call took.</summary>
    public void Note(JaxFunction function, Invocation call, TimeSpan took)
    {
        var bytes = Bytes(call);
        if (bytes < 0)
        {
            return;
        }

        var seen = shortBytes.GetValue(function, static _ => new StrongBox<long>(NeverShort));
        var known = Volatile.Read(ref seen.Value);
        if (took.TotalMilliseconds > ShortMs)
        {
            Volatile.Write(ref seen.Value, NeverShort);
        }
        else if (bytes > known)
        {
            Volatile.Write(ref seen.Value, bytes);
        }
    }

    private static long Bytes(Invocation call)
    {
        if (call.Kwargs is { Count: > 0 } || call.Transforms is { Count: > 0 } || call.Sharding is not null)
        {
            return -1;
        }

        var bytes = 0L;
        for (var i = 0; i < call.Args.Count; i++)
        {
            foreach (var leaf in call.Args[i].LeafSpan)
            {
                if (leaf is not NDArray array)
                {
                    return -1;
                }

                bytes += array.ByteLength;
            }
        }

        return bytes;
    }
}
