using System.Diagnostics;

namespace Torch2Jax.WebApi.Problems;

/// <summary>The trace id of a request: its activity's, else the caller's traceparent, else a fresh one that stays.</summary>
internal static class TraceIds
{
    private static readonly object Key = new();

    public static string Of(HttpContext context)
    {
        if (Activity.Current is { } activity)
        {
            return activity.TraceId.ToHexString();
        }

        if (context.Items.TryGetValue(Key, out var known) && known is string id)
        {
            return id;
        }

        id = ActivityContext.TryParse(context.Request.Headers.TraceParent, null, out var parent)
            ? parent.TraceId.ToHexString()
            : ActivityTraceId.CreateRandom().ToHexString();
        context.Items[Key] = id;
        return id;
    }
}
