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
            return TreeOf(program.Infer(inputs, allowZeros: true, options));
        }
        catch (EngineException error) when (error.Code is ErrorCode.DataDependentShape)
        {
            return Probe(program, inputs, options) ?? throw Explained(error, shapeKey);
        }
    }

    /// <summary>
    /// Whether a call's output shapes depended on its data, as far as a cheap look can tell: meta tensors know them, or
    /// zeros give the same.
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
            // Where no operator's output size follows from its input's values, nothing more is looked at.
            program.Infer(shapes, allowZeros: true, options);
            return false;
        }
        catch (EngineException error) when (error.Code is ErrorCode.DataDependentShape)
        {
            return ProbeZeros(program, shapes, options) is { } zeros && !Same(zeros.Shapes, outputs);
        }
        catch (EngineException)
        {
            // It raises without its data: nothing is known, and the call itself went well.
            return false;
        }
    }

    /// <summary>The error for shapes that only data can tell.</summary>
    public static EngineException DependsOnData(string shapeKey) =>
        new(
            ErrorCode.DataDependentShape,
            $"The output shapes for ({shapeKey}) depend on the arguments' values. Give `outputShapes`, or call the "
                + "function with data."
        );

    /// <summary>The tree of a function's own inferred outputs.</summary>
    public static PyTree<ShapeDtypeStruct> TreeOf(InferredResult inferred) =>
        new(inferred.FunctionStructure, inferred.Outputs);

    // An operator such as nonzero ran on the way. Where the results of two very different inputs have the same shapes all
    // the same (it only served a masked assignment), these are the shapes.
    private static PyTree<ShapeDtypeStruct>? Probe(ITorchProgram program, ShapeDtypeStruct[] inputs, in RunOptions options)
    {
        if (ProbeZeros(program, inputs, options) is not { } zeros)
        {
            return null;
        }

        var ramps = ProbeWith(program, inputs, ProbeArrays.Ramp, options);
        return ramps is not null && zeros.Shapes.SequenceEqual(ramps.Shapes)
            ? new PyTree<ShapeDtypeStruct>(zeros.Structure, zeros.Shapes)
            : null;
    }

    private static Probed? ProbeZeros(ITorchProgram program, ShapeDtypeStruct[] inputs, in RunOptions options) =>
        ProbeWith(program, inputs, ProbeArrays.Zeros, options);

    private static Probed? ProbeWith(
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
            return new Probed(ran.FunctionStructure, shapes);
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

    private static bool Same(ShapeDtypeStruct[] shapes, IReadOnlyList<NDArray> outputs) =>
        shapes.Length == outputs.Count && !shapes.Where((shape, i) => !outputs[i].Fits(shape)).Any();

    private static void DisposeAll(IEnumerable<NDArray> arrays)
    {
        foreach (var array in arrays)
        {
            array.Dispose();
        }
    }

    private static EngineException Explained(EngineException error, string shapeKey) =>
        new(error.Code, $"{error.Message} (arguments: {shapeKey})", error.Path, error);

    private sealed record Probed(TreeDef Structure, ShapeDtypeStruct[] Shapes);
}
