using System.Collections.Concurrent;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Counts answers by method, route and status: all of them small sets, so the counters are bounded.</summary>
internal sealed class RequestCounts
{
    private readonly ConcurrentDictionary<RequestKind, Counter> counts = new();
    private long running;

    /// <summary>Requests that are being answered.</summary>
    public long Running => Interlocked.Read(ref running);

    /// <summary>Answers so far.</summary>
    public long Total => counts.Values.Sum(counter => Interlocked.Read(ref counter.Count));

    /// <summary>What was answered, and how often.</summary>
    public IEnumerable<(RequestKind Key, long Count)> All =>
        counts
            .Select(entry => (entry.Key, Interlocked.Read(ref entry.Value.Count)))
            .OrderBy(entry => entry.Key.Route, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Method, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Status);

    public void Begin() => Interlocked.Increment(ref running);

    public void End(RequestKind kind)
    {
        Interlocked.Decrement(ref running);
        Interlocked.Increment(ref counts.GetOrAdd(kind, static _ => new Counter()).Count);
    }

    private sealed class Counter
    {
        public long Count;
    }
}

/// <summary>What requests are told apart by.</summary>
/// <param name="Method">The method where it is a usual one, else <c>other</c>.</param>
/// <param name="Route">The route's pattern; <c>other</c> where none matched.</param>
/// <param name="Status">The status answered.</param>
internal readonly record struct RequestKind(string Method, string Route, int Status)
{
    public const string Other = "other";

    public static RequestKind Of(HttpContext context) =>
        new(MethodOf(context.Request), RouteOf(context) ?? Other, Math.Clamp(context.Response.StatusCode, 0, 599));

    /// <summary>The pattern of the route that matched: what is in the address itself may be anything.</summary>
    public static string? RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;

    public static string MethodOf(HttpRequest request) =>
        request.Method is "GET" or "POST" or "DELETE" or "PUT" or "HEAD" or "OPTIONS" or "PATCH"
            ? request.Method
            : Other;
}
