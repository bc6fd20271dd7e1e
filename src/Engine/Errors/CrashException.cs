namespace Torch2Jax.Errors;

/// <summary>A function ended the worker process that it ran in.</summary>
/// <param name="signal">What ended it, <c>SIGSEGV</c>, or an exit code.</param>
/// <param name="message">What happened.</param>
public sealed class CrashException(string signal, string message) : EngineException(ErrorCode.ExecutionFailed, message)
{
    /// <summary>What ended it, <c>SIGSEGV</c>, or an exit code.</summary>
    public string Signal { get; } = signal;
}
