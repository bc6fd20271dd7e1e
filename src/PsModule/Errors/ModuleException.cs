using System.Management.Automation;

namespace Torch2Jax.PsModule.Errors;

/// <summary>Something that a cmdlet was given is wrong: known here, before any function is asked.</summary>
/// <param name="id">The error id, PascalCase.</param>
/// <param name="category">The category.</param>
/// <param name="message">What came and what was expected.</param>
/// <param name="action">What to do.</param>
/// <param name="innerException">The cause.</param>
internal sealed class ModuleException(
    string id,
    ErrorCategory category,
    string message,
    string action,
    Exception? innerException = null
) : Exception(message, innerException)
{
    public string Id { get; } = id;

    public ErrorCategory Category { get; } = category;

    public string Action { get; } = action;
}
