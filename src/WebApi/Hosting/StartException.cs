namespace Torch2Jax.WebApi.Hosting;

/// <summary>Why the service cannot start, in one line for the person who started it.</summary>
/// <param name="message">The line.</param>
internal sealed class StartException(string message) : Exception(message);
