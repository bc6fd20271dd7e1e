namespace Torch2Jax.Errors;

/// <summary>An error that a caller can act on: a stable code, a text that teaches, and the place it is about.</summary>
public class EngineException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">The stable code.</param>
    /// <param name="message">What came, what was expected, and what to do; never a secret, a file path or a stack trace.</param>
    /// <param name="path">The place in the request it is about, such as <c>args[0].data</c>; null where there is none.</param>
    /// <param name="innerException">The cause, for logs alone.</param>
    public EngineException(ErrorCode code, string message, string? path = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Path = path;
    }

    /// <summary>The stable code.</summary>
    public ErrorCode Code { get; }

    /// <summary>The place in the request that the error is about, such as <c>args[0].data</c>.</summary>
    public string? Path { get; }
}
