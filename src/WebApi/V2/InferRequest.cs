using Torch2Jax.Arrays;

namespace Torch2Jax.WebApi.V2;

/// <summary>An inference request with its tensors, which it owns.</summary>
/// <param name="Head">What its JSON says.</param>
/// <param name="Tensors">One array an input, in order.</param>
internal sealed record InferRequest(InferHead Head, NDArray[] Tensors) : IDisposable
{
    /// <summary>Stored arrays that it uses; null for none.</summary>
    public IDisposable? Held { get; init; }

    public void Dispose()
    {
        Held?.Dispose();
        foreach (var tensor in Tensors)
        {
            // Null where reading failed before this one.
            tensor?.Dispose();
        }
    }
}
