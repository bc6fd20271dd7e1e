using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>An error that a service answered with: the engine's own code, text and path, and how it came.</summary>
public sealed class ServiceException : EngineException
{
    /// <summary>Makes an error.</summary>
    public ServiceException(
        ErrorCode code,
        string message,
        string? path,
        int status,
        TimeSpan? retryAfter = null,
        string? traceId = null
    )
        : base(code, message, path)
    {
        Status = status;
        RetryAfter = retryAfter;
        TraceId = traceId;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>When the service asks to be tried again; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Finds the request in the service's log.</summary>
    public string? TraceId { get; }
}
