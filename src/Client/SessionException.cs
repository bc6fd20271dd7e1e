namespace Torch2Jax.Client;

/// <summary>Why a session cannot do its work, whatever is asked of it.</summary>
public enum SessionFailure
{
    /// <summary>Nothing answers at the service's address: wrong address, or it is not running.</summary>
    ServiceUnreachable,

    /// <summary>The service's certificate is not trusted, or is not its own.</summary>
    CertificateRejected,

    /// <summary>The service answered with a redirect, which is not followed: the key would go with it.</summary>
    Redirected,

    /// <summary>What answered is no Torch2Jax service, or its answer broke off.</summary>
    UnexpectedAnswer,

    /// <summary>The database, or the private server for it, cannot be used as it is.</summary>
    DatabaseUnusable,

    /// <summary>libtorch2jax.so or the libtorch beneath it cannot be loaded.</summary>
    NativeLibraryUnusable,
}

/// <summary>The session itself fails: no function and no request is at fault.</summary>
/// <param name="failure">Why.</param>
/// <param name="message">What happened and what to do; no secret.</param>
/// <param name="innerException">The cause.</param>
public sealed class SessionException(SessionFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public SessionFailure Failure { get; } = failure;
}
