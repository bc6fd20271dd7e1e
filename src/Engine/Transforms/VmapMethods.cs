using Torch2Jax.Errors;

namespace Torch2Jax.Transforms;

/// <summary>How a vmap runs a function over its batch.</summary>
public static class VmapMethods
{
    /// <summary>One call an element.</summary>
    public const string Sequential = "sequential";

    /// <summary>One call; batch axes come first, leaves that are not batched get a first axis of size 1.</summary>
    public const string ExpandDims = "expand_dims";

    /// <summary>One call; batch axes come first, leaves that are not batched are repeated.</summary>
    public const string BroadcastAll = "broadcast_all";

    /// <summary>One call in which every operator is batched.</summary>
    public const string Vectorized = "vectorized";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Sequential, ExpandDims, BroadcastAll, Vectorized];

    /// <summary>The method, or an error that lists them all (JAX's text).</summary>
    /// <exception cref="EngineException">InvalidTransform.</exception>
    public static string Require(string method, string? path = null) =>
        All.Contains(method)
            ? method
            : throw new EngineException(
                ErrorCode.InvalidTransform,
                $"vmap_method must be on of the allowed methods ['{string.Join("', '", All)}'], but got: {Shorten(method)}",
                path
            );

    private static string Shorten(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 64), "...");
}
