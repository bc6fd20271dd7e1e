namespace Torch2Jax.Torch;

/// <summary>What a single call may be told.</summary>
/// <param name="Device">A device's name; null for <c>cpu</c>.</param>
/// <param name="Seed">Seed of random operators; null for fresh numbers.</param>
/// <param name="MaxBytes">Bytes of tensors the call may hold at once; 0 for no limit.</param>
/// <param name="TimeoutMs">Milliseconds after which the function's loops stop; 0 for no limit.</param>
public readonly record struct RunOptions(
    string? Device = null,
    long? Seed = null,
    long MaxBytes = 0,
    int TimeoutMs = 0
);
