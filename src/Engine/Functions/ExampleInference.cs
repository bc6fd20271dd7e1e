using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>What registration found out about its example.</summary>
/// <param name="Outputs">The outputs' shapes; null where they are not known.</param>
/// <param name="Warning">Why not.</param>
internal sealed record InferredExample(PyTree<ShapeDtypeStruct>? Outputs, string? Warning);

/// <summary>
/// Finds the output shapes of a registration's example: on meta tensors, else on the example's data where it has some, else
/// on zeros. A function that raises on given data is wrong; one that raises on zeros may be right all the same.
/// </summary>
internal sealed class ExampleInference(FunctionDefinition definition, FunctionRuntime runtime)
{
    private RunOptions Options =>
        new(
            DeviceName.Default,
            MaxBytes: runtime.Options.MaxInferenceBytes,
            TimeoutMs: (int)runtime.Options.MaxInferenceTime.TotalMilliseconds
        );

    public InferredExample Infer(RegistrationRequest request, CompiledCode code)
    {
        if (definition.Example is not { } example)
        {
            return new InferredExample(null, null);
        }

        var leaves = ArgumentBinder.Bind(definition.Schema, request.ExampleArgs ?? [], request.ExampleKwargs).Leaves;
        using var program = code.Programs.Lease(example.Code, example.Code, "");
        return OnMeta(program.Program, example)
            ?? (
                leaves.Count > 0 && leaves.All(leaf => leaf is NDArray)
                    ? OnData(program.Program, [.. leaves.Cast<NDArray>()])
                    : OnZeros(program.Program, example)
            );
    }

    private InferredExample? OnMeta(ITorchProgram program, BoundArguments example)
    {
        try
        {
            return new InferredExample(
                ShapeInference.TreeOf(program.Infer(Avals(example), allowZeros: false, Options)),
                null
            );
        }
        catch (EngineException error) when (IsOfTheFunction(error))
        {
            // Many operators have no meta kernel, and a function may look at its data: the next way is tried.
            return null;
        }
    }

    private InferredExample OnData(ITorchProgram program, NDArray[] data)
    {
        var ran = program.Run(data, Options);
        try
        {
            return new InferredExample(
                new PyTree<ShapeDtypeStruct>(ran.FunctionStructure, ran.Outputs.Select(o => o.Aval).ToArray()),
                null
            );
        }
        finally
        {
            foreach (var output in ran.Outputs)
            {
                output.Dispose();
            }
        }
    }

    private InferredExample OnZeros(ITorchProgram program, BoundArguments example)
    {
        try
        {
            return new InferredExample(ShapeInference.Infer(program, Avals(example), example.ShapeKey, Options), null);
        }
        catch (EngineException error) when (IsOfTheFunction(error))
        {
            return new InferredExample(
                null,
                "The output shapes of the example are not known: neither meta tensors nor zeros give them "
                    + $"({error.Message}). They are found at the first call, or give `outputShapes`."
            );
        }
    }

    private static ShapeDtypeStruct[] Avals(BoundArguments example) =>
        [.. example.Leaves.Select(leaf => Shapes.AvalOf(leaf)!)];

    private static bool IsOfTheFunction(EngineException error) =>
        error.Code
            is ErrorCode.DataDependentShape
                or ErrorCode.ExecutionFailed
                or ErrorCode.PayloadTooLarge
                or ErrorCode.Overloaded;
}
