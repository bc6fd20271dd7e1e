using System.Collections.Concurrent;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// The shapes of a function's own outputs: from the shape cache, from an earlier answer, else inferred. This is what
/// eval-shape and plans that need shapes ask; a plain call never does.
/// </summary>
internal sealed class OwnShapes(FunctionRuntime runtime, ShapeCache cache)
{
    private const int Capacity = 1024;
    private readonly ConcurrentDictionary<ShapeLookup, PyTree<ShapeDtypeStruct>> answers = new();

    /// <summary>The text of a program without transforms (ProgramPlan.ProgramText of a plain call).</summary>
    public static string PlainProgram(string argumentsCode) => argumentsCode;

    /// <summary>Forgets inferred answers.</summary>
    public void Clear() => answers.Clear();

    /// <summary>The shapes; null where they cannot be known without data.</summary>
    public PyTree<ShapeDtypeStruct>? Find(CompiledCode code, ShapeQuery query, string device)
    {
        try
        {
            return Get(code, query, device);
        }
        catch (EngineException error) when (error.Code is ErrorCode.DataDependentShape or ErrorCode.ExecutionFailed)
        {
            return null;
        }
    }

    /// <summary>The shapes.</summary>
    /// <exception cref="EngineException">DataDependentShape, or ExecutionFailed where the function raises without data.</exception>
    public PyTree<ShapeDtypeStruct> Get(CompiledCode code, ShapeQuery query, string device)
    {
        var text = PlainProgram(query.ArgumentsCode);
        var key = new ShapeLookup(text, query.ShapeKey, DeviceName.KindOf(device));
        if (cache.Find(key) is { } entry)
        {
            return entry.IsDynamic ? throw ShapeInference.DependsOnData(query.ShapeKey) : entry.Outputs;
        }

        if (answers.TryGetValue(key, out var known))
        {
            return known;
        }

        using var program = code.Programs.Lease(text, query.ArgumentsCode, "");
        var options = new RunOptions(
            device,
            MaxBytes: runtime.Options.MaxInferenceBytes,
            TimeoutMs: (int)runtime.Options.MaxInferenceTime.TotalMilliseconds
        );
        var found = ShapeInference.Infer(program.Program, [.. query.Leaves], query.ShapeKey, options);
        if (answers.Count >= Capacity)
        {
            answers.Clear();
        }

        answers[key] = found;
        return found;
    }
}
