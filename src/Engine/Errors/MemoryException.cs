namespace Torch2Jax.Errors;

/// <summary>
/// A call found too little memory: <see cref="ErrorCode.ExecutionFailed"/> where it alone needs more than there is,
/// <see cref="ErrorCode.Overloaded"/> where it would fit once other calls are done.
/// </summary>
/// <param name="code">One of the two.</param>
/// <param name="message">What was needed, and what there is.</param>
/// <param name="innerException">The cause, for logs alone.</param>
public sealed class MemoryException(ErrorCode code, string message, Exception? innerException = null)
    : EngineException(code, message, innerException: innerException);
