namespace Torch2Jax.Memory;

/// <summary>Calls of one device that found too little memory.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="TooLarge">Those that alone need more than there is; they fail with ExecutionFailed.</param>
/// <param name="Overloaded">Those that would have fitted without the others.</param>
public sealed record MemoryRefusals(string Device, long TooLarge, long Overloaded);
