namespace Torch2Jax.WebApi.Metrics;

/// <summary>Counts answers by status.</summary>
internal sealed class RequestCounts
{
    private readonly long[] byStatus = new long[600];
    private long running;

    /// <summary>Requests that are being answered.</summary>
    public long Running => Interlocked.Read(ref running);

    /// <summary>Statuses that were answered, and how often.</summary>
    public IEnumerable<(int Status, long Count)> ByStatus =>
        Enumerable
            .Range(0, byStatus.Length)
            .Select(status => (status, Interlocked.Read(ref byStatus[status])))
            .Where(pair => pair.Item2 > 0);

    /// <summary>The outermost layer.</summary>
    internal sealed class Middleware(RequestDelegate next, RequestCounts counts)
    {
        public async Task InvokeAsync(HttpContext context)
        {
            Interlocked.Increment(ref counts.running);
            try
            {
                await next(context);
            }
            finally
            {
                Interlocked.Decrement(ref counts.running);
                Interlocked.Increment(ref counts.byStatus[Math.Clamp(context.Response.StatusCode, 0, 599)]);
            }
        }
    }
}
