using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;
using Torch2Jax.WebApi.Problems;
using Torch2Jax.WebApi.Security;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/keys: make, list and revoke API keys.</summary>
internal sealed class KeysApi(ApiContext api, KeyRing ring)
{
    public async Task AddAsync(HttpContext context)
    {
        using var body = await api.ReadJsonAsync(context);
        var key = NewKeyReader.Read(body.Bytes, DateTimeOffset.UtcNow);
        var made = await api.Engine.Store.Keys.AddAsync(key, adminFirst: true, context.RequestAborted);
        await ring.ReloadAsync(CancellationToken.None);
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/keys/{made.Key.Id}";
        await JsonAnswer.WriteAsync(context, 201, made, KeyJson.WriteMade);
    }

    public async Task ListAsync(HttpContext context)
    {
        var keys = await api.Engine.Store.Keys.ListAsync(context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, keys, KeyJson.WriteList);
    }

    public async Task RevokeAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        var key = await api.Engine.Store.Keys.RevokeAsync(id, keepAdmin: true, context.RequestAborted);
        if (key is null)
        {
            var (form, _) = ErrorTable.ForStatus(StatusCodes.Status404NotFound);
            await ProblemWriter.WriteAsync(
                context,
                form,
                "There is no API key of this number or prefix; GET /api/keys lists them.",
                "id"
            );
            return;
        }

        await ring.ReloadAsync(CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

/// <summary>The addresses of <see cref="KeysApi"/>.</summary>
internal static class KeysRoutes
{
    public static void MapKeys(this WebApplication app)
    {
        var api = new KeysApi(ApiContext.Of(app), app.Services.GetRequiredService<KeyRing>());
        app.MapPost("/api/keys", api.AddAsync).Describe(KeyDocs.Add);
        app.MapGet("/api/keys", api.ListAsync).Describe(KeyDocs.List);
        app.MapDelete("/api/keys/{id}", api.RevokeAsync).Describe(KeyDocs.Revoke);
    }
}
