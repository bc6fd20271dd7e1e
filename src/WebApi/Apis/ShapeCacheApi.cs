using System.Globalization;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/functions/{name}/shape-cache.</summary>
internal sealed class ShapeCacheApi(ApiContext api)
{
    public async Task ListAsync(HttpContext context)
    {
        var entries = await api.Engine.Functions.ShapeCacheAsync(
            ApiContext.Reference(context),
            cancellationToken: context.RequestAborted
        );
        await JsonAnswer.WriteAsync(context, 200, entries, ShapeCacheJson.Write);
    }

    public async Task ClearAsync(HttpContext context)
    {
        var cleared = await api.Engine.Functions.ClearShapeCacheAsync(
            ApiContext.Reference(context),
            context.RequestAborted
        );
        context.Response.Headers["Torch2Jax-Cleared"] = cleared.ToString(CultureInfo.InvariantCulture);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

/// <summary>The addresses of <see cref="ShapeCacheApi"/>.</summary>
internal static class ShapeCacheRoutes
{
    public static void MapShapeCache(this WebApplication app)
    {
        var api = new ShapeCacheApi(ApiContext.Of(app));
        app.MapGet("/api/functions/{name}/shape-cache", api.ListAsync).Describe(ShapeCacheDocs.List);
        app.MapDelete("/api/functions/{name}/shape-cache", api.ClearAsync).Describe(ShapeCacheDocs.Clear);
    }
}
