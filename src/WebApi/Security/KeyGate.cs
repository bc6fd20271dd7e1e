using Torch2Jax.Errors;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.Security;

/// <summary>Lets a request through to what its key's role may use; <see cref="AccessTable"/> says what that is.</summary>
internal sealed class KeyGate(
    RequestDelegate next,
    KeyRing ring,
    KeyChecker checker,
    Exposure exposure,
    ServiceOptions options
)
{
    public Task InvokeAsync(HttpContext context)
    {
        var needed = AccessTable.Of(context);
        if (needed == AccessTable.Anyone)
        {
            return next(context);
        }

        var keys =
            ring.Keys
            ?? throw new EngineException(
                ErrorCode.NotReady,
                "The service has not read its API keys yet, and lets nobody in before; it waits for its database."
            );
        HeldKey? key = null;
        if (keys.Count > 0 || !IsOpen(context))
        {
            key = checker.Find(context, keys, out var failure);
            if (key is null)
            {
                return SignIn.Fits(context.Request)
                    ? SignIn.AskAsync(context, ErrorTable.For(failure!.Code).Status, failure.Message)
                    : throw failure!;
            }

            Check(context, key, needed);
        }

        if (needed >= KeyRole.Author && !HttpMethods.IsGet(context.Request.Method))
        {
            CallerRole.Set(context, key);
            ChangeOrigin.Current = key is null
                ? new ChangeOrigin(ChangeActor.Anonymous, TraceId: TraceIds.Of(context))
                : new ChangeOrigin(ChangeActor.Key, key.Key.Id, key.Key.Name, TraceIds.Of(context));
        }

        return next(context);
    }

    private static void Check(HttpContext context, HeldKey key, KeyRole needed)
    {
        if (!key.TryAcquire(out var retryAfter))
        {
            context.Response.Headers.RetryAfter = $"{retryAfter}";
            throw new EngineException(
                ErrorCode.Overloaded,
                "This API key has used up its requests of this minute; Retry-After says when the next one is let in."
            );
        }

        if (key.Key.Role < needed)
        {
            throw new EngineException(
                ErrorCode.Forbidden,
                $"This needs an API key of the role {needed.Name()}; the role of this one is {key.Key.Role.Name()}."
            );
        }
    }

    /// <summary>Whether the service is open where there are no keys: on loopback, unless it was told otherwise.</summary>
    private bool IsOpen(HttpContext context) =>
        !options.Security.RequireKeys && (exposure.Anonymous || exposure.IsLocal(context.Connection));
}
