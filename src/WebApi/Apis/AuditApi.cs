using System.Globalization;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/audit: who changed what, the newest first.</summary>
internal sealed class AuditApi(ApiContext api)
{
    public async Task ListAsync(HttpContext context)
    {
        var query = new ListQuery(context.Request.Query);
        long? before = query.Cursor is null ? null : ReadCursor(query.Cursor);
        var entries = await api.Engine.Store.Audit.ListAsync(before, query.Limit + 1, context.RequestAborted);
        var more = entries.Count > query.Limit;
        IReadOnlyList<AuditEntry> page = more ? [.. entries.Take(query.Limit)] : entries;
        var next = more ? ListQuery.CursorAfter(page[^1].Id.ToString(CultureInfo.InvariantCulture)) : null;
        await JsonAnswer.WriteAsync(context, 200, (page, next), AuditJson.Write);
    }

    private static long ReadCursor(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw ListQuery.NoCursor();
}

/// <summary>The address of <see cref="AuditApi"/>.</summary>
internal static class AuditRoutes
{
    public static void MapAudit(this WebApplication app) =>
        app.MapGet("/api/audit", new AuditApi(ApiContext.Of(app)).ListAsync).Describe(KeyDocs.Audit);
}
