namespace Torch2Jax.Arrays;

/// <summary>What an array's bytes are known by: equal keys are equal bytes, whatever the array is called.</summary>
/// <param name="Sha256">The SHA-256 of the stored tree it is a leaf of; another name that nothing else has, elsewhere.</param>
/// <param name="Leaf">Which leaf.</param>
internal sealed record ContentKey(string Sha256, int Leaf);
