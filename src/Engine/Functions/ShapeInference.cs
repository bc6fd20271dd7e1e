using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Finds a function's output shapes without its arguments: on meta tensors, else on zeros.</summary>
internal static class ShapeInference
{
    /// <summary>Infers the outputs' shapes.</summary>
    /// <exception cref="EngineException">DataDependentShape, or ExecutionFailed where the function raises on zeros.</exception>
    public static PyTree<ShapeDtypeStruct> Infer(
        ITorchProgram program,
        ShapeDtypeStruct[] inputs,
        string shapeKey,
        in RunOptions options
    )
    {
        try
        {
            var inferred = program.Infer(inputs, allowZeros: true, options);
            return inferred.OnZeros && Contradicts(inferred.Outputs, program, inputs, options)
                ? throw DependsOnData(shapeKey)
                : TreeOf(inferred);
        }
        catch (EngineException error) when (error.Code is ErrorCode.DataDependentShape)
        {
            return Probe(program, inputs, options) ?? throw DependsOnData(shapeKey, error);
        }
    }

    /// <summary>
    /// Whether a call's output shapes depended on its data, as far as a cheap look can tell: meta tensors know them, or
    /// made-up data gives the same.
    /// </summary>
    public static bool DependOnData(
        ITorchProgram program,
        ReadOnlySpan<NDArray> inputs,
        IReadOnlyList<NDArray> outputs,
        in RunOptions options
    )
    {
        var shapes = new ShapeDtypeStruct[inputs.Length];
        for (var i = 0; i < shapes.Length; i++)
        {
            shapes[i] = inputs[i].Aval;
        }

        try
        {
            var inferred = program.Infer(shapes, allowZeros: true, options);
            return inferred.OnZeros && !Same(inferred.Outputs, outputs);
        }
        catch (EngineException error) when (error.Code is ErrorCode.DataDependentShape)
        {
            return Differs(ProbeArrays.Zeros, options) || Differs(ProbeArrays.Ramp, options);
        }
        catch (EngineException)
        {
            // It raises without its data: nothing is known, and the call itself went well.
            return false;
        }

        bool Differs(Func<ShapeDtypeStruct, NDArray> make, in RunOptions options) =>
            ProbeWith(program, shapes, make, options) is { } probed && !Same(probed.Leaves, outputs);
    }

    /// <summary>The error for shapes that only data can tell.</summary>
    public static EngineException DependsOnData(string shapeKey, EngineException? cause = null) =>
        new(
            ErrorCode.DataDependentShape,
            $"The output shapes for ({shapeKey}) depend on the arguments' values"
                + (cause is null ? "" : $" ({cause.Message})")
                + ". Give `outputShapes`, or call the function with data.",
            null,
            cause
        );

    /// <summary>The tree of a function's own inferred outputs.</summary>
    public static PyTree<ShapeDtypeStruct> TreeOf(InferredResult inferred) =>
        new(inferred.FunctionStructure, inferred.Outputs);

    // An operator such as nonzero ran on the way. Where two very different inputs give the same shapes all the same (it
    // was summed up, say), these are the shapes.
    private static PyTree<ShapeDtypeStruct>? Probe(
        ITorchProgram program,
        ShapeDtypeStruct[] inputs,
        in RunOptions options
    )
    {
        var zeros = ProbeWith(program, inputs, ProbeArrays.Zeros, options);
        var ramps = zeros is null ? null : ProbeWith(program, inputs, ProbeArrays.Ramp, options);
        return ramps is not null && zeros!.Leaves.SequenceEqual(ramps.Leaves) ? zeros : null;
    }

    // A function may look at its data without such an operator: to choose a branch, or to make a size out of a sum.
    private static bool Contradicts(
        IReadOnlyList<ShapeDtypeStruct> onZeros,
        ITorchProgram program,
        ShapeDtypeStruct[] inputs,
        in RunOptions options
    ) => ProbeWith(program, inputs, ProbeArrays.Ramp, options) is { } ramps && !ramps.Leaves.SequenceEqual(onZeros);

    private static PyTree<ShapeDtypeStruct>? ProbeWith(
        ITorchProgram program,
        ShapeDtypeStruct[] inputs,
        Func<ShapeDtypeStruct, NDArray> make,
        in RunOptions options
    )
    {
        if (!ProbeArrays.FitInto(inputs, options.MaxBytes))
        {
            return null;
        }

        var arrays = Array.ConvertAll(inputs, aval => make(aval));
        try
        {
            var ran = program.Run(arrays, options);
            var shapes = ran.Outputs.Select(output => output.Aval).ToArray();
            DisposeAll(ran.Outputs);
            return new PyTree<ShapeDtypeStruct>(ran.FunctionStructure, shapes);
        }
        catch (EngineException)
        {
            // It raises on made-up data: that probe says nothing.
            return null;
        }
        finally
        {
            DisposeAll(arrays);
        }
    }

    private static bool Same(IReadOnlyList<ShapeDtypeStruct> shapes, IReadOnlyList<NDArray> outputs) =>
        shapes.Count == outputs.Count && !shapes.Where((shape, i) => !outputs[i].Fits(shape)).Any();

    private static void DisposeAll(IEnumerable<NDArray> arrays)
    {
        foreach (var array in arrays)
        {
            array.Dispose();
        }
    }
}
