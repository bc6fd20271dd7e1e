namespace Torch2Jax.TorchSharp.Programs;

/// <summary>What a program must know about its function.</summary>
/// <param name="IsRandom">Whether it may draw random numbers.</param>
/// <param name="Mutates">Whether it may write into its arguments, of which it gets copies then.</param>
/// <param name="Loops">Whether a loop may go on until its data says enough.</param>
/// <param name="NeedsData">Why its shapes cannot be found on zeros; null where they may.</param>
internal sealed record FunctionTraits(bool IsRandom, bool Mutates, bool Loops, string? NeedsData);
