namespace Torch2Jax.WebApi.Problems;

/// <summary>How an error looks from outside.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The stable code, an anchor of docs/errors.md.</param>
/// <param name="Title">The same in words.</param>
internal sealed record ErrorForm(int Status, string Code, string Title);
