using Microsoft.AspNetCore.Http.Features;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Problems;
using Torch2Jax.WebApi.Security;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/session: the form of a browser that has a key (<see cref="SignIn"/>); an empty key signs out.</summary>
internal sealed class SessionApi(KeyRing ring, KeyChecker checker, BatchHost batches)
{
    private const int MaxBytes = 4096;

    /// <summary>What the caller may do here and what there is, so that the page offers nothing that would be refused.</summary>
    public Task GetAsync(HttpContext context)
    {
        var role = KeyRole.Admin;
        if (ring.Keys is { Count: > 0 } keys)
        {
            var key = checker.Find(context, keys, out _);
            // A cookie counts for reading alone.
            role = PresentedKey.IsHeader(context.Request) ? key?.Key.Role ?? KeyRole.Reader : KeyRole.Reader;
        }

        return JsonAnswer.WriteAsync(
            context,
            200,
            (Role: role, Batches: batches.IsOn),
            static (json, session) =>
            {
                json.WriteStartObject();
                json.WriteString("role", session.Role.Name());
                json.WriteBoolean("batches", session.Batches);
                json.WriteEndObject();
            }
        );
    }

    public async Task PostAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            throw new EngineException(
                ErrorCode.UnsupportedMediaType,
                "Send a form (application/x-www-form-urlencoded) with the field 'key'; programs send the key as a header."
            );
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBytes;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        string? key = form["key"];
        if (!string.IsNullOrEmpty(key) && ring.Keys is { Count: > 0 } keys)
        {
            if (checker.Find(context, keys, key.AsSpan().Trim(), out var failure) is null)
            {
                await SignIn.AskAsync(context, ErrorTable.For(failure!.Code).Status, failure.Message);
                return;
            }

            SignIn.SetCookie(context, key.Trim());
        }
        else
        {
            SignIn.SetCookie(context, "");
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = form["to"] == AccessTable.Documentation ? AccessTable.Documentation : "/";
    }
}

/// <summary>The address of <see cref="SessionApi"/>.</summary>
internal static class SessionRoutes
{
    public static void MapSession(this WebApplication app)
    {
        var services = app.Services;
        var api = new SessionApi(
            services.GetRequiredService<KeyRing>(),
            services.GetRequiredService<KeyChecker>(),
            services.GetRequiredService<BatchHost>()
        );
        app.MapGet("/session", api.GetAsync);
        app.MapPost("/session", api.PostAsync);
    }
}
