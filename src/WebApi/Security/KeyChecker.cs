using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Security;

/// <summary>Finds the key of a request, and words the refusal of one that has none: the same whatever is wrong with it.</summary>
internal sealed class KeyChecker(FailedAttempts failures)
{
    private const string Missing =
        "This service asks for an API key: send it as 'Authorization: Bearer KEY' or as 'X-Api-Key: KEY'.";

    private const string Wrong = "The API key does not hold: it is unknown, revoked or expired.";

    private const string None =
        "This service is open to nobody until it has an API key; its operator makes one with "
        + "'Torch2Jax.WebApi keys add --role admin'.";

    /// <summary>The key that the request brings; null, with the reason, where none holds.</summary>
    public HeldKey? Find(HttpContext context, KeySet keys, out EngineException? failure)
    {
        if (PresentedKey.TryGet(context.Request, out var text))
        {
            return Find(context, keys, text, out failure);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"torch2jax\"";
        failure = new EngineException(ErrorCode.Unauthenticated, keys.Count == 0 ? None : Missing);
        return null;
    }

    /// <summary>The key of that text; null, with the reason, where it does not hold.</summary>
    public HeldKey? Find(HttpContext context, KeySet keys, ReadOnlySpan<char> text, out EngineException? failure)
    {
        var now = DateTime.UtcNow;
        if (keys.Find(text, now) is { } key)
        {
            key.UsedAt(now);
            failure = null;
            return key;
        }

        if (failures.TryCount(context.Connection.RemoteIpAddress, out var retryAfter))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"torch2jax\", error=\"invalid_token\"";
            failure = new EngineException(ErrorCode.Unauthenticated, Wrong);
        }
        else
        {
            context.Response.Headers.RetryAfter = $"{retryAfter}";
            failure = new EngineException(
                ErrorCode.Overloaded,
                "Too many requests with wrong API keys came from this address; good keys are let in all the same."
            );
        }

        return null;
    }
}
