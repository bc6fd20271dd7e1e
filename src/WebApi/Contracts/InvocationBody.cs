using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>The body of invoke and eval-shape. It owns the arguments' arrays.</summary>
/// <param name="Invocation">The call.</param>
/// <param name="Encoding">How the answer's arrays are to be written.</param>
/// <param name="DeadlineMs">The caller's deadline; null for the service's own.</param>
internal sealed record InvocationBody(Invocation Invocation, ArrayEncoding Encoding, int? DeadlineMs) : IDisposable
{
    /// <summary>Stored arrays that the call uses; null for none.</summary>
    public IDisposable? Held { get; init; }

    public void Dispose()
    {
        Held?.Dispose();
        Release(Invocation.Args);
        if (Invocation.Kwargs is { } kwargs)
        {
            Release(kwargs.Values);
        }
    }

    internal static void Release(IEnumerable<PyTree<IArgumentLeaf>> trees)
    {
        foreach (var tree in trees)
        {
            foreach (var leaf in tree.LeafSpan)
            {
                (leaf as NDArray)?.Dispose();
            }
        }
    }
}
