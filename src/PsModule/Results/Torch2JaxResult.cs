using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule;

/// <summary>All that is known of a call that answered; Invoke-Torch2Jax puts the last one into -ResultVariable.</summary>
public sealed class Torch2JaxResult
{
    internal Torch2JaxResult(
        object? output,
        string function,
        string shapeKey,
        TreeDef structure,
        CacheOutcome cache,
        IReadOnlyList<string> warnings,
        double elapsedMs
    )
    {
        Output = output;
        Function = function;
        ShapeKey = shapeKey;
        Structure = structure;
        Cache = cache.ToString();
        Warnings = [.. warnings];
        ElapsedMs = elapsedMs;
    }

    /// <summary>The function's result: arrays (or shapes), lists and ordered dictionaries of them.</summary>
    public object? Output { get; }

    /// <summary><c>name@version</c>.</summary>
    public string Function { get; }

    /// <summary>The function's own arguments, <c>float32[10, 5], int64[10]</c>.</summary>
    public string ShapeKey { get; }

    /// <summary>The structure of the result as JAX prints it.</summary>
    public string TreeDef => Structure.ToString();

    /// <summary>What the shape cache knew: Hit, Miss, Restored or Dynamic.</summary>
    public string Cache { get; }

    /// <summary>Warnings of the call.</summary>
    public string[] Warnings { get; }

    /// <summary>Milliseconds in the engine.</summary>
    public double ElapsedMs { get; }

    internal TreeDef Structure { get; }
}
