namespace Torch2Jax.Tool;

/// <summary>Ctrl-C while a batch ran.</summary>
/// <param name="message">What becomes of the batch.</param>
internal sealed class InterruptedBatchException(string message) : OperationCanceledException(message);
