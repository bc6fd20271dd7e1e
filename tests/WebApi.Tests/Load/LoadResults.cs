using System.Collections.Concurrent;
using System.Net;

namespace Torch2Jax.WebApi.Tests.Load;

/// <summary>What all callers saw.</summary>
internal sealed class LoadResults
{
    private long good;
    private long left;
    private long registered;

    /// <summary>Answers that are wrong, or that nothing documents here.</summary>
    public ConcurrentBag<string> Wrong { get; } = [];

    public ConcurrentDictionary<HttpStatusCode, int> Others { get; } = new();

    public long GoodCount => Interlocked.Read(ref good);

    public long LeftCount => Interlocked.Read(ref left);

    public long RegisteredCount => Interlocked.Read(ref registered);

    public void Good() => Interlocked.Increment(ref good);

    public void Left() => Interlocked.Increment(ref left);

    public void Registered() => Interlocked.Increment(ref registered);

    public void Refused(string what, HttpStatusCode status, string text, bool expected)
    {
        Others.AddOrUpdate(status, 1, static (_, count) => count + 1);
        if (!expected)
        {
            Wrong.Add($"{what}: {(int)status} {text}");
        }
    }

    public void Check(string what, IEnumerable<float> expected, float[] given)
    {
        if (!expected.SequenceEqual(given))
        {
            Wrong.Add($"{what}: {given.Length} values, not those expected");
        }
    }

    public override string ToString() =>
        $"{GoodCount} good, {LeftCount} left in the middle, {RegisteredCount} registered, "
        + string.Join(", ", Others.Select(pair => $"{(int)pair.Key}: {pair.Value}"));
}
