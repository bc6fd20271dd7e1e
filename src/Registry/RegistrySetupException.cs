namespace Torch2Jax.Registry;

/// <summary>
/// The database cannot be set up or used as it is: a text for whoever operates the service (it may name folders and the
/// server's own words), not for callers of the service.
/// </summary>
public sealed class RegistrySetupException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public RegistrySetupException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
